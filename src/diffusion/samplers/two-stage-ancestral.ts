import type { Term } from "../latents.ts";
import type { PlanOptions } from "../levels.ts";
import type { Draw, Moment, Plan } from "../sampler.ts";
import { type NoiseSchedule, noiseRatio } from "../schedule.ts";
import { ancestralStep } from "./ancestral-step.ts";
import { restep, twoStagePlan } from "./two-stage.ts";

/** Evaluates halfway, in ln(σ/α), to the level below the next one that fresh noise is added to. */
export const ancestralPlan = (schedule: NoiseSchedule, options: PlanOptions): Plan =>
  twoStagePlan(schedule, options, (from, to) => {
    const below = ancestralStep(from, to, 1).keep / to.alpha;
    return schedule.atRatio(Math.sqrt(noiseRatio(from) * below));
  });

/** The first stage goes as the ODE does; the second renews part of the noise. */
export function ancestralRestep(path: readonly Moment[], fixed: "data" | "noise", draw: Draw): Term[] {
  const { from, to, back, index } = path.at(-1)!.stage;
  if (back === 0) return restep(path, fixed);
  const { keep, add } = ancestralStep(from, to, 1);
  return [...restep(path, fixed, keep), [add, draw(index)]];
}
