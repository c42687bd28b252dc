import { combine, type Latents } from "./latents.ts";
import { type PredictionType, velocity } from "./parameterization.ts";
import type { Denoise, Stage } from "./sampler.ts";

/** Answers asked for a stage at most, and the change of x, relative to its size, below which no more is asked. */
const mostAnswers = 8;
const settled = 1e-4;

/**
 * The latents from which DDIM's `stages` lead to `x`, yielding what comes before each stage, the last one first. A stage
 * takes x to A·x + B·answer(x), so the x that leads to x′ is the fixed point of (x′ − B·answer(x)) / A. One iteration is the
 * inversion of Song et al. 2021, section 4.3; iterated as by Pan et al. 2023, "Effective real image editing with accelerated
 * iterative diffusion inversion", it is exact. The answer is what the network itself tells, as that depends least on x.
 */
export async function* invert(
  stages: readonly Stage[],
  denoise: Denoise,
  prediction: PredictionType,
  x: Latents,
): AsyncGenerator<Latents, Latents> {
  for (const stage of stages.toReversed()) {
    const { at, to } = stage;
    // To know the noise is to know the velocity, by which DDIM turns x from level to level.
    const turned = {
      kept: at.alpha * to.alpha + at.sigma * to.sigma,
      moved: at.sigma * to.alpha - at.alpha * to.sigma,
    };
    const scaled = { kept: to.alpha / at.alpha, moved: (at.sigma * to.alpha) / at.alpha - to.sigma };
    const { kept, moved } = prediction === "epsilon" ? scaled : turned;
    let before = x;
    for (let answers = 0, change = Number.POSITIVE_INFINITY; answers < mostAnswers && change > settled; answers++) {
      const { denoised, noise } = await denoise(before, at, stage);
      const answer = prediction === "epsilon" ? noise : velocity(denoised, noise, at);
      const next = combine([1 / kept, x], [moved / kept, answer]);
      change = norm(combine([1, next], [-1, before])) / norm(next);
      before = next;
    }
    x = before;
    yield x;
  }
  return x;
}

const norm = ({ data }: Latents): number => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
