import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { restep, twoStagePlan, weights } from "./two-stage.ts";

/** Heun's method: Karras et al. 2022, algorithm 1. An Euler step, then again with the mean of the slopes at both ends. */
export const heun = (): Sampler => ({
  name: "heun",
  plan: (schedule, options) => twoStagePlan(schedule, options, (_, to) => to),

  advance(path) {
    if (path.at(-1)!.stage.back === 0) return combine(...restep(path, "noise"));
    const [begun, now] = path.slice(-2);
    const { decay, gain } = weights(now!.stage, "noise");
    return combine([decay, begun!.x], [gain / 2, begun!.noise], [gain / 2, now!.noise]);
  },
});
