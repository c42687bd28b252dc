import type { NoiseSchedule } from "../diffusion/index.ts";
import { input, type Tensor } from "../graph/index.ts";
import { normal } from "../random/philox.ts";
import { elements, ints, type NdArray, ndarray } from "../runtime/ndarray.ts";
import type { Feeds } from "./loop.ts";

/** Sizes of what a denoiser learns from, and the scale of its latents. */
export interface LatentForm {
  readonly batch: number;
  /** Channels, height and width. */
  readonly shape: readonly number[];
  /** Latents are this times what the autoencoder gives. */
  readonly scale: number;
}

/** A noise level for each picture of a batch: timesteps (n), α and σ (n 1 1 1). */
export interface Levels {
  readonly timesteps: Tensor;
  readonly alpha: Tensor;
  readonly sigma: Tensor;
}

export interface Noised {
  readonly clean: Tensor;
  readonly noise: Tensor;
  readonly noisy: Tensor;
  readonly levels: Levels;
}

/** One number for each picture of a batch. */
export const column = (name: string, batch: number): Tensor => input(name, "f32", [batch, 1, 1, 1]);
export const columnOf = (values: readonly number[]): NdArray<"f32"> =>
  ndarray(Float32Array.from(values), [values.length, 1, 1, 1]);

/** Levels as `levelFeeds` gives them under the same prefix. */
export const levelInputs = (batch: number, prefix = ""): Levels => ({
  timesteps: input(`${prefix}timesteps`, "i64", [batch]),
  alpha: column(`${prefix}alpha`, batch),
  sigma: column(`${prefix}sigma`, batch),
});

export function levelFeeds(timesteps: readonly number[], schedule: NoiseSchedule, prefix = ""): Feeds {
  const levels = timesteps.map((t) => schedule.at(t));
  return {
    [`${prefix}timesteps`]: ints(timesteps),
    [`${prefix}alpha`]: columnOf(levels.map(({ alpha }) => alpha)),
    [`${prefix}sigma`]: columnOf(levels.map(({ sigma }) => sigma)),
  };
}

/** Encoded pictures, drawn from their posteriors, with noise: Ho et al. 2020, eq. 4. Inputs as `noisedFeeds` makes them. */
export function noised({ batch, shape, scale }: LatentForm): Noised {
  const latents = (name: string): Tensor => input(name, "f32", [batch, ...shape]);
  const deviation = latents("logvar").mul(0.5).exp();
  const clean = latents("mean")
    .add(deviation.mul(latents("posteriorNoise")))
    .mul(scale);
  const noise = latents("noise");
  const levels = levelInputs(batch);
  return { clean, noise, noisy: clean.mul(levels.alpha).add(noise.mul(levels.sigma)), levels };
}

/** What is left to chance is a function of the seed and the batch's number. */
export function noisedFeeds(
  { mean, logvar }: Feeds,
  index: number,
  seed: number,
  timesteps: readonly number[],
  schedule: NoiseSchedule,
): Feeds {
  const { shape } = mean!;
  const noise = (stream: number): NdArray => ndarray(normal(seed, stream, elements(shape)), shape);
  return {
    mean: mean!,
    logvar: logvar!,
    noise: noise(2 * index),
    posteriorNoise: noise(2 * index + 1),
    ...levelFeeds(timesteps, schedule),
  };
}
