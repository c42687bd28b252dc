import { type PlanOptions, solverLevels } from "../levels.ts";
import { consecutive, type Moment, numberStages, type Plan } from "../sampler.ts";
import type { NoiseSchedule } from "../schedule.ts";

/** The plan of the multistep solvers: one evaluation a level. */
export const solverPlan = (schedule: NoiseSchedule, options: PlanOptions): Plan => ({
  stages: numberStages(consecutive(solverLevels(schedule, options)), options.start),
  noiseScale: 1,
});

/**
 * The order a multistep solver takes at the end of `path`: as high as its history allows, lower at the end of few steps
 * for stability, and 1 where the step ends without noise, since λ has no end there.
 */
export function solverOrder(path: readonly Moment[], order: number, few = 15): number {
  const { to, index, left } = path.at(-1)!.stage;
  if (to.sigma === 0) return 1;
  return Math.min(order, path.length, index + left + 1 < few ? left + 1 : order);
}
