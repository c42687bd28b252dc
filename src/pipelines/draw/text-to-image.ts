import { SAMPLERS, type SchedulerSettings } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import type { Settings } from "../../image/settings.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { cover, encodePicture, keptBy } from "./given-picture.ts";
import { guided, type Texts } from "./guided.ts";
import { type Noise, seededNoise } from "./noise.ts";
import { LatentColours } from "./preview.ts";
import { type Given, trajectory } from "./trajectory.ts";

/** What is to be drawn, and how. */
export interface DrawRequest {
  /** One picture each. Picture k has the seed `seed` + k and is the same as when it is drawn alone. */
  readonly prompts: readonly string[];
  /** What is not to be seen. */
  readonly negative?: string;
  readonly steps?: number;
  /** 1 draws the prompt alone, 0 as if there were none; more follows it closer. */
  readonly guidance?: number;
  /** A whole number from 0 on. */
  readonly seed: number;
  /** In pixels, multiples of what a latent covers; the model's own without. */
  readonly width?: number;
  readonly height?: number;
  /** A name that `findSampler` knows; the model's own without. */
  readonly sampler?: string;
  /** Texts are read off this many layers before the end, counted from 1. */
  readonly clipSkip?: number;
  readonly init?: InitialPicture;
}

/** A picture to start from; it is scaled and cut to the size that is drawn. */
export interface InitialPicture {
  readonly picture: Picture;
  /** How much it may change, 0 to 1. */
  readonly strength?: number;
  /** White where it is drawn anew, black where it stays. */
  readonly mask?: Picture;
}

export interface DrawOptions {
  /** Whether to give previews. */
  readonly preview?: boolean;
  /** Ends the drawing before its next step, with the signal's reason as error. */
  readonly signal?: AbortSignal;
  /** Noise of a seed. */
  readonly noise?: (seed: number) => Noise;
}

/** A picture and everything to draw it again. */
export interface Drawn {
  readonly picture: Picture;
  readonly settings: Settings & { readonly seed: number };
  /** Words of the prompt that found no room in the text encoder. */
  readonly unread: readonly string[];
}

export interface DrawProgress {
  readonly stage: "opening" | "drawing" | "drawn";
  /** Which picture, from 0. */
  readonly index: number;
  /** Evaluations of the denoiser done and to be done for it. */
  readonly step: number;
  readonly steps: number;
  /** What the picture may become, a pixel for a latent. */
  readonly preview?: Picture;
  readonly drawn?: Drawn;
}

/** Draws pictures one after the other, so that none depends on another. Returns them all. */
export async function* textToImage(
  model: DiffusionModel,
  request: DrawRequest,
  options: DrawOptions = {},
): AsyncGenerator<DrawProgress, Drawn[]> {
  const { prompts, negative = "", guidance = 7.5, steps = 20, clipSkip = 1, seed, init } = request;
  const { pictureSize, factor } = model;
  const { width = pictureSize, height = pictureSize } = request;
  checkSize("width", width, factor);
  checkSize("height", height, factor);
  checkRange("seed", seed, 0, Number.MAX_SAFE_INTEGER - prompts.length);
  checkRange("clip skip", clipSkip, 1, model.configs.text.layers);
  const scheduler = model.scheduler(request.sampler);
  checkRange("steps", steps, 1, scheduler.schedule.config.trainSteps);
  const shape = [1, model.configs.unet.in, height / factor, width / factor];
  const colours = options.preview ? new LatentColours(model) : undefined;
  const tokenizer = await model.tokenizer();
  const all: Drawn[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const own = seed + index;
    const noise = (options.noise ?? seededNoise)(own);
    yield { stage: "opening", index, step: 0, steps };
    const [texts] = await Promise.all([encodeTexts(model, prompt, negative, clipSkip - 1), model.prepare()]);
    const given = init && (await startFrom(model, init, noise, width, height));
    const denoise = guided(model, scheduler, texts, guidance);
    const { signal } = options;
    const run = trajectory({ scheduler, denoise, steps, shape, noise, signal, ...(given && { given }) });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const { path, stages, denoised } = next.value;
      const preview = await colours?.picture(denoised);
      yield { stage: "drawing", index, step: path.length, steps: stages, ...(preview && { preview }) };
    }
    signal?.throwIfAborted();
    const latents = next.value;
    if (!latents.data.every(Number.isFinite))
      throw new UserError(
        `${model.folder}: the denoiser gave numbers that are none; lower the guidance (${guidance}) or use another sampler`,
      );
    const [picture] = tensorToPictures(await model.decode(latents));
    const settings: Drawn["settings"] = {
      prompt,
      negative,
      steps,
      ...samplerSettings(scheduler),
      guidance,
      seed: own,
      width,
      height,
      model: model.name,
      ...(given && { strength: given.strength }),
      more: new Map([...(clipSkip > 1 ? [["Clip skip", String(clipSkip)] as const] : []), ["RNG", "NV"]]),
    };
    const drawn = { picture: picture!, settings, unread: tokenizer.tokenize(prompt).truncated };
    all.push(drawn);
    yield { stage: "drawn", index, step: steps, steps, drawn };
  }
  return all;
}

/** One by one, so that none depends on another. */
async function encodeTexts(model: DiffusionModel, prompt: string, negative: string, skip: number): Promise<Texts> {
  return { prompt: await model.encodeText(prompt, skip), negative: await model.encodeText(negative, skip) };
}

async function startFrom(
  model: DiffusionModel,
  { picture, strength = 0.6, mask }: InitialPicture,
  noise: Noise,
  width: number,
  height: number,
): Promise<Given> {
  if (!(strength >= 0 && strength <= 1)) throw new UserError(`strength ${strength} is not from 0 to 1`);
  const clean = await encodePicture(model, cover(picture, width, height), noise);
  const keep = mask && keptBy(cover(mask, width, height), width / model.factor, height / model.factor);
  return { clean, strength, ...(keep && { keep }) };
}

/** As AUTOMATIC1111's web UI calls them. */
function samplerSettings({ sampler, plan }: SchedulerSettings): Pick<Settings, "sampler" | "schedule"> {
  const label = SAMPLERS.find(({ name }) => name === sampler.name)?.label ?? sampler.name;
  const { sigmas = "trained" } = plan;
  return { sampler: label, ...(sigmas !== "trained" && { schedule: sigmas === "karras" ? "Karras" : "Exponential" }) };
}

function checkSize(name: string, pixels: number, factor: number): void {
  if (Number.isInteger(pixels) && pixels >= factor && pixels % factor === 0) return;
  const below = Math.max(factor, Math.floor(pixels / factor) * factor);
  throw new UserError(`${name} ${pixels} is not a multiple of ${factor}; use ${below} or ${below + factor}`);
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new UserError(`${name} ${value} is not a whole number from ${least} to ${most}`);
}
