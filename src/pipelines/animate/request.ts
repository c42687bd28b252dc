import { findSchedule } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import type { Smoothness } from "../../evaluation/smoothness.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";
import { checkRequest, type DrawRequest } from "../draw/request.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { Easing, Playback } from "./places.ts";
import type { LatentStore } from "./store.ts";

/** A place that an animation comes through: a text, a picture, or a picture and what it shows. */
export interface End {
  /** None is empty. */
  readonly prompt?: string;
  /** It is scaled and cut to the size that is drawn. */
  readonly picture?: Picture;
  readonly negative?: string;
  /** The model's own, of a picture 1: without guidance it is drawn again most truly. */
  readonly guidance?: number;
  /** Of prompts; a picture brings its own noise. */
  readonly seed: number;
  /** Frames from here to the next end, both counted, in place of the request's. */
  readonly frames?: number;
}

/** What is to move, and how. */
export interface AnimateRequest
  extends Pick<DrawRequest, "steps" | "width" | "height" | "sampler" | "schedule" | "clipSkip"> {
  /** Two or more. */
  readonly ends: readonly End[];
  /** From one end to the next, both counted; 24 unless told. */
  readonly frames?: number;
  /** Instead of frames and easing: how far along the whole way each frame is, from 0 to 1, never going back. */
  readonly movement?: readonly number[];
  /** Pictures from one frame to the next, of which all but the first are blends of latents; 1 blends nothing. */
  readonly between?: number;
  /** Share of the steps that all frames have in common, 0 to 1; 0.2 unless told, and 0 where an end is a picture. */
  readonly anchor?: number;
  readonly easing?: Easing;
  readonly playback?: Playback;
  /** Whether frames are placed so that the picture changes evenly. */
  readonly even?: boolean;
}

export interface AnimateOptions {
  /** Whether to give previews. */
  readonly preview?: boolean;
  /** Ends the work before its next step, with the signal's reason as error. */
  readonly signal?: AbortSignal;
  /** Where latents are kept, so that they are drawn once; in memory without. */
  readonly store?: LatentStore;
  /** Judges how different pictures look and what they show; without it pixels do. */
  readonly clip?: ClipModel;
  /** Frames that go through the network at once. */
  readonly batch?: number;
}

export interface AnimateProgress {
  /** "inverting" pictures to noise, "spacing" frames evenly in several rounds, "drawing" what is shown. */
  readonly stage: "opening" | "inverting" | "spacing" | "drawing";
  readonly round?: number;
  /** Frames done, parts too, of how many. */
  readonly done: number;
  readonly total: number;
  /** What a frame in work may become, a pixel for a latent. */
  readonly preview?: Picture;
  /** The next picture to be shown. */
  readonly picture?: Picture;
}

/** What became of an end. */
export interface EndReport {
  readonly prompt?: string;
  /** Cosine of the picture there and the prompt in CLIP's space. */
  readonly similarity?: number;
  /** Of the given picture and the one there, in dB. */
  readonly psnr?: number;
  /** Of the given picture and what the autoencoder alone makes of it. */
  readonly autoencoderPsnr?: number;
  /** Of that and the one there: what finding the noise has lost. */
  readonly reconstructionPsnr?: number;
}

/** Figures of an animation. */
export interface Animation {
  /** How many are shown. */
  readonly pictures: number;
  readonly width: number;
  readonly height: number;
  /** Where the frames are on the chain, whose ends are whole numbers from 0. */
  readonly positions: readonly number[];
  /** Of the distances between pictures that follow each other; see `look`. */
  readonly smoothness: Smoothness;
  readonly ends: readonly EndReport[];
}

/** A request with all that it left out. */
export type WholeRequest = ReturnType<typeof completed>;

/** Throws a UserError for what cannot be drawn. */
export function completed(model: DiffusionModel, request: AnimateRequest) {
  const { ends, movement, frames = 24, between = 1 } = request;
  const hasPicture = ends.some(({ picture }) => picture);
  const { anchor = hasPicture ? 0 : 0.2, sampler = hasPicture ? "ddim" : undefined } = request;
  const { pictureSize, defaults } = model;
  const { steps = defaults.steps, clipSkip = 1, width = pictureSize, height = pictureSize } = request;
  const named = { ...(sampler !== undefined && { sampler }), ...(request.schedule && { schedule: request.schedule }) };
  for (const { seed, prompt = "", guidance = 1 } of ends) {
    const texts = [{ prompt }];
    checkRequest(model, {
      prompts: [prompt],
      seed,
      steps,
      clipSkip,
      width,
      height,
      ...named,
      anchor: { share: anchor, texts },
    });
    if (!(guidance >= 0 && Number.isFinite(guidance)))
      throw new UserError(`guidance ${guidance} is not a number from 0 on`);
  }
  const scheduler = model.scheduler(sampler, findSchedule(request.schedule ?? ""));
  if (ends.length < 2)
    throw new UserError(
      `an animation has two ends or more, not ${ends.length}: name another prompt or picture to go to`,
    );
  if (model.isInpainting)
    throw new UserError(
      `${model.folder} is an in-painting model, which fills holes in pictures: animate with another one`,
    );
  if (hasPicture && scheduler.sampler.name !== "ddim")
    throw new UserError(`a picture's noise is found by running ddim backwards: leave out the sampler ${sampler}`);
  for (const count of [frames, ...ends.map((end) => end.frames ?? frames)])
    if (!Number.isSafeInteger(count) || count < 2)
      throw new UserError(`${count} frames do not lead from one end to the next: ask for 2 or more`);
  if (!Number.isSafeInteger(between) || between < 1)
    throw new UserError(`between ${between} is not a whole number from 1 on`);
  const isForward = movement?.every((share, i) => share >= (movement[i - 1] ?? 0) && share <= 1) ?? true;
  if (!isForward || movement?.length === 0)
    throw new UserError("a movement goes from 0 to 1 in one frame or more, and never back");
  const { easing = "linear", playback = "once", even = false } = request;
  const rest = { steps, clipSkip, width, height, between, easing, playback, even, movement };
  return { ends: ends.map((end) => wholeEnd(end, frames, defaults.guidance)), anchor, scheduler, ...rest };
}

const wholeEnd = (
  { prompt, negative = "", guidance, seed, picture, frames }: End,
  usual: number,
  usualGuidance: number,
) => ({
  prompt,
  negative,
  guidance: guidance ?? (picture ? 1 : usualGuidance),
  seed,
  picture,
  /** Intervals up to the next end, where the user said so. */
  own: frames !== undefined,
  intervals: (frames ?? usual) - 1,
});
