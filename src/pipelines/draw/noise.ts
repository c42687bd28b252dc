import { gaussian, type Latents } from "../../diffusion/index.ts";

/** Where a picture's chance comes from: standard normal latents of the shape (1 c h w). */
export interface Noise {
  /** What drawing starts from, and what a given picture is noised with. */
  start(shape: readonly number[]): Latents;
  /** What a stage of a stochastic sampler adds. */
  stage(index: number, shape: readonly number[]): Latents;
  /** Where in its posterior the latents of a given picture are taken. */
  posterior(shape: readonly number[]): Latents;
}

/** Beyond the streams of all stages. */
const posteriorStream = 2 ** 32;

/** The noise of one seed, a whole number from 0 on. */
export function seededNoise(seed: number): Noise {
  const draw = (stream: number, [, ...shape]: readonly number[]): Latents => gaussian([seed], stream, shape);
  return {
    start: (shape) => draw(0, shape),
    stage: (index, shape) => draw(index + 1, shape),
    posterior: (shape) => draw(posteriorStream, shape),
  };
}
