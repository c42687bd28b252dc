import { UserError } from "../../errors.ts";
import type { Settings } from "../../image/settings.ts";
import type { Picture } from "../../runtime/host.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { Upscaler } from "./hires.ts";
import type { Noise } from "./noise.ts";

/** What is to be drawn, and how. */
export interface DrawRequest {
  /** One picture each. Picture k has the seed `seed` + k and is the same as when it is drawn alone. */
  readonly prompts: readonly string[];
  /** What is not to be seen. */
  readonly negative?: string;
  /** The model's own without, as `guidance`. */
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
  /** A name that `findSchedule` knows; the model's and the sampler's own without. */
  readonly schedule?: string;
  /** How much of the deviation that guidance adds is taken back, 0 to 1: Lin et al. 2024, section 3.4. */
  readonly rescale?: number;
  readonly variation?: Variation;
  readonly hires?: Hires;
  /** Pictures that go through the network at once: faster where each is small, and the same to within rounding. */
  readonly batch?: number;
  /** Steps from one evaluation of the denoiser's coarser levels to the next; 1 is exact. */
  readonly cache?: number;
  readonly anchor?: Anchor;
}

/** What a picture has in common with those of other texts: the first steps, a share of all, follow the texts' middle. */
export interface Anchor {
  /** 0 to 1. */
  readonly share: number;
  /** In their order: the middle one counts, or halfway between the middle two. */
  readonly texts: readonly AnchorText[];
}

export interface AnchorText {
  readonly prompt: string;
  readonly negative?: string;
  readonly guidance?: number;
}

/** Pictures like one another: all have the seed `seed`, and picture k goes on from there towards the seed `seed` + k. */
export interface Variation {
  readonly seed: number;
  /** 0 is the first seed's picture, 1 the other's. */
  readonly strength: number;
}

/** Drawing at the request's size, then again from that at a larger one. */
export interface Hires {
  /** Of the larger side to the smaller. */
  readonly scale: number;
  /** As many as in the first pass without. */
  readonly steps?: number;
  /** How much the second pass may change, 0 to 1. */
  readonly strength?: number;
  readonly upscaler?: Upscaler;
}

/** A picture to start from; it is scaled and cut to the size that is drawn. */
export interface InitialPicture {
  readonly picture: Picture;
  /** How much it may change, 0 to 1. */
  readonly strength?: number;
  /** White where it is drawn anew, black where it stays. */
  readonly mask?: Picture;
  /** Standard deviation in pixels of the soft edge, which lies inside the mask's white. */
  readonly maskBlur?: number;
  /** Whether black is drawn anew instead. */
  readonly maskInverted?: boolean;
  /** Draws only the area around the mask, with so many pixels of its surroundings, and puts it back into the picture. */
  readonly maskPadding?: number;
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

/** What is drawn, or drawn first, in pixels. */
export const sizeOf = (
  { pictureSize }: DiffusionModel,
  { width = pictureSize, height = pictureSize }: DrawRequest,
) => ({
  width,
  height,
});

/** Throws a UserError for what cannot be drawn. */
export function checkRequest(model: DiffusionModel, request: DrawRequest): void {
  const {
    prompts,
    steps = model.defaults.steps,
    clipSkip = 1,
    seed,
    init,
    rescale = 0,
    variation,
    hires,
    batch = 1,
    cache = 1,
    anchor,
  } = request;
  const { width, height } = sizeOf(model, request);
  const { trainSteps } = model.scheduler(request.sampler).schedule.config;
  const lastSeed = Number.MAX_SAFE_INTEGER - prompts.length;
  checkSize("width", width, model.factor);
  checkSize("height", height, model.factor);
  checkWhole("seed", seed, 0, lastSeed);
  checkWhole("clip skip", clipSkip, 1, model.configs.text.layers);
  checkWhole("steps", steps, 1, trainSteps);
  checkWhole("batch", batch, 1, 1024);
  checkWhole("cache", cache, 1, trainSteps);
  checkShare("guidance rescale", rescale);
  if (anchor) checkShare("anchor", anchor.share);
  if (variation) {
    checkWhole("variation seed", variation.seed, 0, lastSeed);
    checkShare("variation strength", variation.strength);
  }
  if (init?.strength !== undefined) checkShare("strength", init.strength);
  if (!hires) return;
  if (init) throw new UserError("hires draws from noise first: leave out the initial picture, or draw from it alone");
  if (!(hires.scale >= 1 && hires.scale <= 8)) throw new UserError(`hires scale ${hires.scale} is not from 1 to 8`);
  if (hires.steps !== undefined) checkWhole("hires steps", hires.steps, 1, trainSteps);
  if (hires.strength !== undefined) checkShare("hires strength", hires.strength);
}

function checkSize(name: string, pixels: number, factor: number): void {
  if (Number.isInteger(pixels) && pixels >= factor && pixels % factor === 0) return;
  const below = Math.max(factor, Math.floor(pixels / factor) * factor);
  throw new UserError(`${name} ${pixels} is not a multiple of ${factor}; use ${below} or ${below + factor}`);
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new UserError(`${name} ${value} is not a whole number from ${least} to ${most}`);
}

function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new UserError(`${name} ${value} is not from 0 to 1`);
}
