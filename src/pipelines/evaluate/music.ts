import { clippedShare, loudnessOf } from "../../audio/loudness.ts";
import type { Sound } from "../../audio/sound.ts";
import { tempoOf } from "../../audio/tempo.ts";
import { standardised } from "../../evaluation/features.ts";
import { frechetDistance } from "../../evaluation/frechet.ts";
import { crop, resize } from "../../image/resize.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import { ClipModel } from "../clip/clip.ts";
import { compose, usualBlack } from "../compose/compose.ts";
import { type MusicModel, musicModel } from "../compose/form.ts";
import { soundOf } from "../compose/sound.ts";
import {
  type CalibrationOptions,
  type DeviceOptions,
  DiffusionModel,
  type Precision,
} from "../model/diffusion-model.ts";
import { embedded } from "./clip.ts";
import { choose, type EvaluationProgress, mean, median, type Shown } from "./data.ts";
import type { DrawingOptions } from "./drawing.ts";
import type { Asked, Hearing, MusicData, RealClip } from "./music-data.ts";

/** How clips agree with what they are to be. Shares of clips, but for `sounds`. */
export interface HeardFigures {
  readonly clips: number;
  /** Share of all sounds asked for that are among the listener's first three. */
  readonly sounds: number;
  /** All that a clip was asked for is among them. */
  readonly allSounds: number;
  /** The genre is the listener's first choice, and among its first three. */
  readonly genre1: number;
  readonly genre3: number;
  /** The measured tempo is within 4 % of the one asked for; or of it, its half or its double. */
  readonly tempo: number;
  readonly octaveTempo: number;
}

export interface MusicFigures {
  readonly drawn: HeardFigures;
  /** The same of real clips that the model has not seen, played from their spectra: what is best possible. */
  readonly real: HeardFigures;
  readonly sounds: number;
  readonly genres: number;
  readonly steps: number;
  readonly guidance: number;
  readonly sampler: string;
  readonly seed: number;
  /** The median, from prompt to sound. */
  readonly secondsPerClip: number;
  /** Mean, in dBFS. */
  readonly loudness: number;
  /** Share of samples at the limit of 16 bits. */
  readonly clipped: number;
  /** Fréchet distance to known clips, to the model's own CLIP, of drawn and of real ones; absent without a CLIP. */
  readonly distances?: { readonly known: number; readonly frechet: number; readonly frechetOfReal: number };
}

/** A prompt and the spectrum that was composed of it. */
export interface DrawnClip extends Asked {
  readonly image: Picture;
}

/** Of the tempo asked for. */
const tolerance = 0.04;
const firsts = 3;
/** Known clips that distances are taken to. */
const mostKnown = 1000;

export interface MusicOptions extends DeviceOptions, CalibrationOptions, Omit<DrawingOptions, "batch"> {
  /** Of the denoiser. */
  readonly precision?: Precision;
  /** Prompts, by a seeded choice; 100 without. */
  readonly things?: number;
}

/** What a clip was to be, and what it is. */
export interface HeardClip {
  readonly asked: Asked;
  readonly hearing: Hearing;
  /** Beats a minute; undefined where there are none. */
  readonly tempo: number | undefined;
}

/** Composes what is asked for, clip i from seed + i, and listens to it and to as many real clips. */
export async function* evaluateMusic(
  host: Host,
  folder: string,
  data: MusicData,
  { things = 100, seed, ...options }: MusicOptions,
): AsyncGenerator<EvaluationProgress, { figures: MusicFigures; drawn: readonly DrawnClip[] }> {
  const model = await DiffusionModel.open(host, folder, options);
  try {
    const music = await musicModel(host, model);
    const asked = choose(data.asked, things, seed);
    const drawn: DrawnClip[] = [];
    const heard: HeardClip[] = [];
    const seconds: number[] = [];
    const sounds: Sound[] = [];
    let settings: { steps?: number; guidance?: number; sampler?: string } = {};
    for (const [i, one] of asked.entries()) {
      yield { label: "composing", done: i, total: asked.length };
      const started = performance.now();
      const {
        picture,
        sound,
        settings: how,
      } = await last(compose(music, { ...manner(options), prompts: [one.prompt], seed: seed + i }));
      seconds.push((performance.now() - started) / 1000);
      settings = how;
      drawn.push({ ...one, image: picture });
      sounds.push(sound);
      heard.push({ asked: one, hearing: (await data.hear([picture]))[0]!, tempo: tempoOf(sound) });
    }
    const real = choose(data.real, Math.min(asked.length, data.real.length), seed);
    const realHeard = yield* listen(music, data, real, seed);
    const distances = (await host.exists(`${folder}/clip/config.json`))
      ? yield* distancesTo(
          host,
          folder,
          choose(data.known, Math.min(mostKnown, data.known.length), seed),
          { drawn, real },
          options,
        )
      : undefined;
    return {
      drawn,
      figures: {
        drawn: figuresOf(heard),
        real: figuresOf(realHeard),
        sounds: heard[0]!.hearing.sounds.length,
        genres: heard[0]!.hearing.genres.length,
        steps: settings.steps!,
        guidance: settings.guidance!,
        sampler: settings.sampler!,
        seed,
        secondsPerClip: median(seconds),
        loudness: mean(sounds.map(loudnessOf)),
        clipped: mean(sounds.map(clippedShare)),
        ...(distances && { distances }),
      },
    };
  } finally {
    await model.close();
  }
}

const manner = ({ steps, guidance, sampler }: Omit<MusicOptions, "seed">) => ({
  ...(steps !== undefined && { steps }),
  ...(guidance !== undefined && { guidance }),
  ...(sampler !== undefined && { sampler }),
});

/** What a piece of work comes to. */
async function last<T>(work: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = await work.next();
    if (done) return value;
  }
}

async function* listen(
  { form }: MusicModel,
  data: MusicData,
  chosen: readonly RealClip[],
  seed: number,
): AsyncGenerator<EvaluationProgress, HeardClip[]> {
  const heard: HeardClip[] = [];
  for (const [i, clip] of chosen.entries()) {
    yield { label: "listening to real clips", done: i, total: chosen.length };
    const picture = clip.picture();
    const { parameters } = form;
    const samples = Math.round(((picture.width - 1) * parameters.stepMs * parameters.sampleRate) / 1000);
    const playing = soundOf(picture, parameters, { samples, loop: false }, { black: usualBlack, seed });
    let step = playing.next();
    for (; !step.done; step = playing.next());
    heard.push({ asked: clip, hearing: (await data.hear([picture]))[0]!, tempo: tempoOf(step.value) });
  }
  return heard;
}

/** CLIP sees squares: of a clip what is at most twice as wide as high, squeezed. */
const squeezed = (asked: Asked, picture: () => Picture): Shown => ({
  label: asked.prompt,
  prompt: asked.prompt,
  picture: (edge) => {
    const all = picture();
    return resize(crop(all, 0, 0, Math.min(all.width, 2 * all.height), all.height), edge, edge, "box");
  },
});

async function* distancesTo(
  host: Host,
  folder: string,
  known: readonly RealClip[],
  { drawn, real }: { readonly drawn: readonly DrawnClip[]; readonly real: readonly RealClip[] },
  options: DeviceOptions,
): AsyncGenerator<EvaluationProgress, NonNullable<MusicFigures["distances"]>> {
  const judge = await ClipModel.open(host, folder, options);
  const shown = (clips: readonly RealClip[]): Shown[] => clips.map((clip) => squeezed(clip, () => clip.picture()));
  try {
    const reference = standardised(yield* embedded(judge, shown(known), "measuring known clips"));
    const best = standardised(yield* embedded(judge, shown(real), "measuring real clips"));
    const made = drawn.map((clip) => squeezed(clip, () => clip.image));
    const features = standardised(yield* embedded(judge, made, "measuring composed clips"));
    return {
      known: known.length,
      frechet: frechetDistance(features, reference),
      frechetOfReal: frechetDistance(best, reference),
    };
  } finally {
    await judge.close();
  }
}

/** Compares what was heard with what was asked for. */
export function figuresOf(clips: readonly HeardClip[]): HeardFigures {
  const share = (is: (clip: HeardClip) => boolean): number => clips.filter(is).length / clips.length;
  const near = ({ tempo, asked: { bpm } }: HeardClip, factor = 1): boolean =>
    tempo !== undefined && Math.abs(tempo / (factor * bpm) - 1) <= tolerance;
  const isHeard = ({ hearing }: HeardClip, sound: string): boolean => hearing.sounds.indexOf(sound) < firsts;
  const asked = clips.flatMap((clip) => clip.asked.sounds.map((sound) => isHeard(clip, sound)));
  const place = ({ asked: { genre }, hearing }: HeardClip): number => hearing.genres.indexOf(genre);
  return {
    clips: clips.length,
    sounds: asked.filter((heard) => heard).length / asked.length,
    allSounds: share((clip) => clip.asked.sounds.every((sound) => isHeard(clip, sound))),
    genre1: share((clip) => place(clip) === 0),
    genre3: share((clip) => place(clip) < firsts),
    tempo: share((clip) => near(clip)),
    octaveTempo: share((clip) => near(clip) || near(clip, 2) || near(clip, 0.5)),
  };
}
