import {
  type Denoise,
  guide,
  type Latents,
  predict,
  rescaleGuidance,
  type SchedulerSettings,
  stack,
} from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Denoiser } from "../model/denoiser.ts";

/** Hidden states (1 l width) of what is to be drawn, and of what is not. */
export interface Texts {
  readonly prompt: Latents;
  readonly negative: Latents;
}

/**
 * Asks a denoiser about one picture (1 c h w) with classifier-free guidance, rescaled by a share; both texts go through as
 * one batch.
 */
export function guided(
  denoiser: Denoiser,
  { prediction, limit }: SchedulerSettings,
  { prompt, negative }: Texts,
  guidance: number,
  rescale = 0,
): Denoise {
  // At 1 and at 0 only one of the two texts has a say.
  const only = guidance === 1 ? prompt : guidance === 0 ? negative : undefined;
  const both = stack([negative, prompt]);
  const say = async (x: Latents, timestep: number): Promise<Latents> => {
    if (only) return denoiser.denoise(x, timestep, only);
    const [without, withPrompt] = halves(await denoiser.denoise(stack([x, x]), timestep, both));
    const said = guide(without, withPrompt, guidance);
    return rescale > 0 ? rescaleGuidance(said, withPrompt, rescale) : said;
  };
  return async (x, level) => predict(prediction, await say(x, level.timestep), x, level, limit);
}

function halves({ data, shape }: Latents): [Latents, Latents] {
  const half = [shape[0]! / 2, ...shape.slice(1)];
  return [ndarray(data.subarray(0, data.length / 2), half), ndarray(data.subarray(data.length / 2), half)];
}
