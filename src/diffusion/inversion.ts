import { combine, type Latents } from "./latents.ts";
import { velocity } from "./parameterization.ts";
import type { Denoise, Stage } from "./sampler.ts";

/** Answers asked for a stage at most, and the change of x, relative to its size, below which no more is asked. */
const mostAnswers = 8;
const settled = 1e-4;

/**
 * The latents from which DDIM's `stages` lead to `x`, yielding what comes before each stage, the last one first. DDIM
 * turns x by the angle between two noise levels, x′ = cos δ · x − sin δ · v(x), so the x that leads to x′ is the fixed
 * point of (x′ + sin δ · v(x)) / cos δ. One iteration is the inversion of Song et al. 2021, section 4.3; iterated as by
 * Pan et al. 2023, "Effective real image editing with accelerated iterative diffusion inversion", it is exact.
 */
export async function* invert(
  stages: readonly Stage[],
  denoise: Denoise,
  x: Latents,
): AsyncGenerator<Latents, Latents> {
  for (const stage of stages.toReversed()) {
    const { at, to } = stage;
    const cosine = at.alpha * to.alpha + at.sigma * to.sigma;
    const sine = at.sigma * to.alpha - at.alpha * to.sigma;
    let before = x;
    for (let answers = 0, change = Number.POSITIVE_INFINITY; answers < mostAnswers && change > settled; answers++) {
      const { denoised, noise } = await denoise(before, at, stage);
      const next = combine([1 / cosine, x], [sine / cosine, velocity(denoised, noise, at)]);
      change = norm(combine([1, next], [-1, before])) / norm(next);
      before = next;
    }
    x = before;
    yield x;
  }
  return x;
}

const norm = ({ data }: Latents): number => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
