import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { ancestralStep } from "./ancestral-step.ts";
import { eulerPlan } from "./euler.ts";

/** An Euler step below the next level, then fresh noise up to it: k-diffusion's sample_euler_ancestral. */
export const eulerAncestral = (): Sampler => ({
  name: "euler-a",
  plan: eulerPlan,

  advance(path, draw) {
    const { stage, denoised, noise } = path.at(-1)!;
    const { from, to, index } = stage;
    const { keep, add } = ancestralStep(from, to, 1);
    const next = combine([to.alpha, denoised], [keep, noise]);
    return add > 0 ? combine([1, next], [add, draw(index)]) : next;
  },
});
