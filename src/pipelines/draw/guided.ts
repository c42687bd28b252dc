import { type Denoise, guide, type Latents, predict, type SchedulerSettings, stack } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";

/** Hidden states (1 l width) of what is to be drawn, and of what is not. */
export interface Texts {
  readonly prompt: Latents;
  readonly negative: Latents;
}

/** Asks a model about one picture (1 c h w) with classifier-free guidance; both texts go through as one batch. */
export function guided(
  model: DiffusionModel,
  { prediction, limit }: SchedulerSettings,
  { prompt, negative }: Texts,
  guidance: number,
): Denoise {
  // At 1 and at 0 only one of the two texts has a say.
  const only = guidance === 1 ? prompt : guidance === 0 ? negative : undefined;
  const both = stack([negative, prompt]);
  return async (x, level) => {
    const said = only
      ? await model.denoise(x, level.timestep, only)
      : guide(...halves(await model.denoise(stack([x, x]), level.timestep, both)), guidance);
    return predict(prediction, said, x, level, limit);
  };
}

function halves({ data, shape }: Latents): [Latents, Latents] {
  const half = [shape[0]! / 2, ...shape.slice(1)];
  return [ndarray(data.subarray(0, data.length / 2), half), ndarray(data.subarray(data.length / 2), half)];
}
