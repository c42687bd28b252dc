import { UserError } from "../../errors.ts";
import type { Settings } from "../../image/settings.ts";
import type { Picture } from "../../runtime/host.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { Noise } from "./noise.ts";

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

/** Throws a UserError for what cannot be drawn. */
export function checkRequest(model: DiffusionModel, request: DrawRequest): void {
  const { prompts, steps = 20, clipSkip = 1, seed, width, height } = request;
  checkSize("width", width ?? model.pictureSize, model.factor);
  checkSize("height", height ?? model.pictureSize, model.factor);
  checkRange("seed", seed, 0, Number.MAX_SAFE_INTEGER - prompts.length);
  checkRange("clip skip", clipSkip, 1, model.configs.text.layers);
  checkRange("steps", steps, 1, model.scheduler(request.sampler).schedule.config.trainSteps);
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
