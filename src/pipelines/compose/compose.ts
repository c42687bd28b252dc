import { normalizeLoudness } from "../../audio/loudness.ts";
import type { Latents } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { keptBy } from "../draw/given-picture.ts";
import type { Noise } from "../draw/noise.ts";
import { askedTempo } from "./asked-tempo.ts";
import { Composer, type Track } from "./composer.ts";
import { type Origin, originAt, originOf } from "./ends.ts";
import type { MusicModel } from "./form.ts";
import { type GivenSound, givenSound, withKept } from "./given-sound.ts";
import {
  type Composed,
  type ComposeOptions,
  type ComposeProgress,
  type ComposeRequest,
  checkComposing,
  columnsPerBeat,
  type Extent,
  extentOf,
  stepOf,
} from "./request.ts";
import { composedSettings } from "./settings.ts";
import { soundOf, stereoPicture } from "./sound.ts";

/** What black is where nothing says how loud: as in Riffusion. */
export const usualBlack = 30e6;

/** Composes a piece: draws its spectrum, in windows that are denoised together where it is long, and finds its sound. */
export async function* compose(
  music: MusicModel,
  request: ComposeRequest,
  options: ComposeOptions = {},
): AsyncGenerator<ComposeProgress, Composed> {
  checkComposing(music, request);
  const { model, form } = music;
  const { prompts, seed, init, stereo = false, iterations } = request;
  const extent = extentOf(music, request);
  const given = init && givenSound(init, form.parameters, extent);
  yield { stage: "opening", done: 0, total: 1 };
  await model.prepare();
  const composer = new Composer(music, request, options);
  const origins: Origin[] = [];
  for (const [i, prompt] of prompts.entries()) origins.push(await originOf(model, request, prompt, seed + i));
  const track = await trackOf(music, composer, origins, extent, request, given);

  const latents = yield* composer.draw(track);
  const shown = async (one: Latents) => composer.picture(one, extent.loop);
  const takes = stereo ? yield* composer.doubled(track, latents) : undefined;
  const picture = takes ? stereoPicture(await shown(takes[0]), await shown(takes[1])) : await shown(latents);

  const parameters = { ...form.parameters, stereo: form.parameters.stereo || stereo };
  const black = given?.black ?? usualBlack;
  const playing = soundOf(picture, parameters, extent, { black, iterations, seed });
  let step = playing.next();
  for (; !step.done; step = playing.next()) {
    options.signal?.throwIfAborted();
    yield { stage: "playing", done: Math.round(100 * step.value), total: 100 };
  }
  const whole = given ? withKept(step.value, given, stepOf(parameters)) : step.value;
  const settings = composedSettings(music, request, extent, composer.scheduler);
  return { sound: normalizeLoudness(whole), picture, parameters, black, settings };
}

async function trackOf(
  { model, form }: MusicModel,
  composer: Composer,
  origins: readonly Origin[],
  extent: Extent,
  request: ComposeRequest,
  given: GivenSound | undefined,
): Promise<Track> {
  const { columns, clip, loop } = extent;
  const [width, clipWidth] = [columns / model.factor, clip / model.factor];
  const clips = columns / clip;
  const place = (k: number): number => (clips > 1 ? (k * (origins.length - 1)) / (clips - 1) : 0);
  const noises = Array.from({ length: clips }, (_, k) => originAt(origins, place(k)).noise);
  const noise = inARow(noises, clipWidth);
  const at = (column: number): Origin => originAt(origins, place(column / clipWidth - 0.5));
  if (!given) {
    const beat = columnsPerBeat(askedTempo(request), form.parameters, extent);
    return { width, loop, noise, at, pulse: await composer.pulse(width, loop, beat) };
  }
  const { picture, mask } = given;
  const keep = mask && keptBy(mask, width, picture.height / model.factor);
  const clean = await composer.encode(picture, loop, noise);
  const { strength = 0.55 } = request.init!;
  return { width, loop, noise, at, given: { clean, strength, ...(keep && { keep }) } };
}

/** Noises side by side, each over so many columns. */
function inARow(noises: readonly Noise[], width: number): Noise {
  const [first] = noises;
  if (noises.length === 1) return first!;
  const joined = (shape: readonly number[], draw: (noise: Noise, shape: readonly number[]) => Latents): Latents => {
    const [n, c, h, all] = shape as [number, number, number, number];
    const data = new Float32Array(n * c * h * all);
    for (const [k, noise] of noises.entries()) {
      const part = draw(noise, [n, c, h, width]);
      for (let row = 0; row < c * h; row++)
        data.set(part.data.subarray(row * width, (row + 1) * width), row * all + k * width);
    }
    return ndarray(data, shape);
  };
  return {
    start: (shape) => joined(shape, (noise, own) => noise.start(own)),
    stage: (index, shape) => joined(shape, (noise, own) => noise.stage(index, own)),
    posterior: (shape) => joined(shape, (noise, own) => noise.posterior(own)),
  };
}
