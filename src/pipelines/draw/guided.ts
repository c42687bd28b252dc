import {
  combine,
  type Denoise,
  type Latents,
  predict,
  rescaleGuidance,
  rows,
  type SchedulerSettings,
  type Stage,
  stack,
} from "../../diffusion/index.ts";
import type { Denoiser } from "../model/denoiser.ts";

/** Hidden states (n l width) of what is to be drawn, and (1 l width) of what is not. */
export interface Texts {
  readonly prompt: Latents;
  readonly negative: Latents;
  /** How much each of the n prompts counts; 1 without. */
  readonly weights?: readonly number[];
}

/** Texts that may change over the stages of a plan; those of its start where no stage is named. */
export type TextsAt = (stage?: Stage) => Promise<Texts>;

/**
 * Asks a denoiser about one picture (1 c h w) with classifier-free guidance, rescaled by a share; all texts go through as
 * one batch. Several prompts each pull away from the negative one by their weight: composable diffusion, Liu et al. 2022.
 */
export function guided(
  denoiser: Denoiser,
  { prediction, limit }: SchedulerSettings,
  texts: Texts | TextsAt,
  guidance: number,
  rescale = 0,
): Denoise {
  return async (x, level, stage) => {
    const { prompt, negative, weights = [1] } = typeof texts === "function" ? await texts(stage) : texts;
    const total = weights.reduce((sum, weight) => sum + weight);
    const shares = [1 - guidance * total, ...weights.map((weight) => guidance * weight)];
    // What has no say is not asked: at 1 the negative text, at 0 the prompt.
    const asked = shares.flatMap((share, i) => (share === 0 ? [] : [i]));
    const all = rows(stack([negative, prompt]));
    const batch = stack(asked.map((i) => all[i]!));
    const answers = rows(await denoiser.denoise(stack(asked.map(() => x)), level.timestep, batch));
    const sum = (factor: (i: number) => number) => combine(...answers.map((a, k) => [factor(asked[k]!), a] as const));
    const said = sum((i) => shares[i]!);
    if (rescale === 0 || !shares[0] || total * guidance === 0) return predict(prediction, said, x, level, limit);
    const conditional = sum((i) => (i === 0 ? 0 : weights[i - 1]! / total));
    return predict(prediction, rescaleGuidance(said, conditional, rescale), x, level, limit);
  };
}
