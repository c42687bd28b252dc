import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { restep, twoStagePlan } from "./two-stage.ts";

/** Heun's method: Karras et al. 2022, algorithm 1. An Euler step, then again with the mean of the slopes at both ends. */
export const heun = (): Sampler => ({
  name: "heun",
  plan: (schedule, options) => twoStagePlan(schedule, options, (_, to) => to),

  advance(path) {
    const { stage, noise } = path.at(-1)!;
    const [begun, [weight]] = restep(path, "noise") as [[number, never], [number, never]];
    if (stage.back === 0) return combine(begun, [weight, noise]);
    return combine(begun, [weight / 2, path.at(-2)!.noise], [weight / 2, noise]);
  },
});
