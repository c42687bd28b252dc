import { combine } from "../latents.ts";
import { strides } from "../levels.ts";
import { numberStages, type Sampler } from "../sampler.ts";
import { ancestralStep } from "./ancestral-step.ts";

/**
 * Ho et al. 2020, "Denoising diffusion probabilistic models", algorithm 2 with the steps between visited levels in one.
 * `variance` is the posterior's ("small", β̃) or the forward process' ("large", β): section 3.2.
 */
export const ddpm = ({ variance = "small" }: { readonly variance?: "small" | "large" } = {}): Sampler => ({
  name: "ddpm",

  plan(schedule, options) {
    return { stages: numberStages(strides(schedule, { ...options, end: "clean" }), options.start), noiseScale: 1 };
  },

  advance(path, draw) {
    const { stage, x, denoised } = path.at(-1)!;
    const { at, from, to, index } = stage;
    // Eq. 7, with α of the paper the signal kept between the two levels.
    const kept = from.alpha / to.alpha;
    const beta = 1 - kept ** 2;
    const mean = combine(
      [(to.alpha * beta) / from.sigma ** 2, denoised],
      [(kept * to.sigma ** 2) / from.sigma ** 2, x],
    );
    const deviation = variance === "small" ? ancestralStep(from, to, 1).add : Math.sqrt(beta);
    return at.timestep > 0 && deviation > 0 ? combine([1, mean], [deviation, draw(index)]) : mean;
  },
});
