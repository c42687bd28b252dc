import { gaussian, type Latents, slerp } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";

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

/** From a (t = 0) to b (t = 1), along the circle, where noise is as long as the denoiser knows it. */
export function noiseBetween(a: Noise, b: Noise, t: number): Noise {
  if (t === 0 || a === b) return a;
  if (t === 1) return b;
  const between = (draw: (noise: Noise) => Latents): Latents => slerp(draw(a), draw(b), t);
  return {
    start: (shape) => between((noise) => noise.start(shape)),
    stage: (index, shape) => between((noise) => noise.stage(index, shape)),
    posterior: (shape) => between((noise) => noise.posterior(shape)),
  };
}

/** Noise that starts a share of the way to another, by AUTOMATIC1111's rule; in all else it is the first. */
export const variedNoise = (noise: Noise, other: Noise, share: number): Noise => ({
  ...noise,
  start: (shape) => towards(noise.start(shape), other.start(shape), share),
});

/** Spherical interpolation of each column (of all rows at one channel and place), as AUTOMATIC1111 mixes noises. */
function towards(a: Latents, b: Latents, share: number): Latents {
  const [, , h, w] = a.shape as [number, number, number, number];
  const data = new Float32Array(a.data.length);
  for (let first = 0; first < data.length; first += h * w)
    for (let x = 0; x < w; x++) {
      const column = Array.from({ length: h }, (_, y) => first + y * w + x);
      const dot = (p: Latents, q: Latents): number => column.reduce((sum, i) => sum + p.data[i]! * q.data[i]!, 0);
      const angle = Math.acos(Math.min(Math.max(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)), -1), 1));
      const sine = Math.sin(angle);
      const [p, q] =
        sine < 1e-6 ? [1 - share, share] : [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
      for (const i of column) data[i] = p * a.data[i]! + q * b.data[i]!;
    }
  return ndarray(data, a.shape);
}
