import { combine } from "../latents.ts";
import { continuousLevels, type PlanOptions } from "../levels.ts";
import { consecutive, numberStages, type Plan, type Sampler } from "../sampler.ts";
import type { NoiseSchedule } from "../schedule.ts";

/** One evaluation a level; pure noise is scaled as its level has it, except with "leading" spacing. */
export function eulerPlan(schedule: NoiseSchedule, options: PlanOptions): Plan {
  const { spacing = "linspace" } = options;
  const levels = continuousLevels(schedule, options, spacing);
  return {
    stages: numberStages(consecutive(levels), options.start),
    noiseScale: spacing === "leading" ? 1 : levels[0]!.sigma,
  };
}

/** Euler's method on the probability-flow ODE: Karras et al. 2022, algorithm 1 without the Heun correction. */
export const euler = (): Sampler => ({
  name: "euler",
  plan: eulerPlan,

  // x/α moves by the slope `noise` over the change of σ/α; written so that pure noise (α 0) is a place like others.
  advance(path) {
    const { stage, denoised, noise } = path.at(-1)!;
    return combine([stage.to.alpha, denoised], [stage.to.sigma, noise]);
  },
});
