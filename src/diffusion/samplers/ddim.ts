import { combine } from "../latents.ts";
import { strides } from "../levels.ts";
import { numberStages, type Sampler } from "../sampler.ts";
import { ancestralStep } from "./ancestral-step.ts";

/** Song et al. 2021, "Denoising diffusion implicit models", eq. 12. η 0 is deterministic, η 1 as noisy as DDPM. */
export const ddim = ({ eta = 0 }: { readonly eta?: number } = {}): Sampler => ({
  name: "ddim",

  plan(schedule, options) {
    return { stages: numberStages(strides(schedule, options), options.start), noiseScale: 1 };
  },

  advance(path, draw) {
    const { stage, denoised, noise } = path.at(-1)!;
    const { from, to, index } = stage;
    const { keep, add } = ancestralStep(from, to, eta);
    const next = combine([to.alpha, denoised], [keep, noise]);
    return add > 0 ? combine([1, next], [add, draw(index)]) : next;
  },
});
