import type { Term } from "../latents.ts";
import { continuousLevels, type PlanOptions } from "../levels.ts";
import { type Moment, needsSignal, numberStages, type Plan, type Stage, type StageDraft } from "../sampler.ts";
import { type Level, type NoiseSchedule, noiseRatio } from "../schedule.ts";

/**
 * The plan of samplers that evaluate a step twice: where it begins and at `middle`, from where it is taken anew. The
 * last step, to no noise, is evaluated once.
 */
export function twoStagePlan(
  schedule: NoiseSchedule,
  options: PlanOptions,
  middle: (from: Level, to: Level) => Level,
): Plan {
  const { spacing = "linspace", start = 0 } = options;
  const levels = continuousLevels(schedule, options, spacing);
  const drafts = levels.slice(0, -1).flatMap((at, i): StageDraft[] => {
    const to = levels[i + 1]!;
    if (to.sigma === 0) return [{ at, to }];
    const between = middle(at, to);
    return [
      { at, to: between },
      { at: between, from: at, to, back: 1 },
    ];
  });
  return needsSignal({
    stages: numberStages(drafts, Math.min(2 * start, drafts.length)),
    noiseScale: spacing === "leading" ? 1 : levels[0]!.sigma,
  });
}

/** The level halfway between two in ln(σ/α). */
export const halfway = (schedule: NoiseSchedule, from: Level, to: Level): Level =>
  schedule.atRatio(Math.sqrt(noiseRatio(from) * noiseRatio(to)));

/**
 * Weights of x and of the answer that is held fixed, its "data" or its "noise", in a step from one level to another.
 * `keep` of the predicted noise stays, all that the end has unless told otherwise.
 */
export function weights(
  { from, to }: Stage,
  fixed: "data" | "noise",
  keep: number = to.sigma,
): { readonly decay: number; readonly gain: number } {
  const decay = fixed === "data" ? keep / from.sigma : to.alpha / from.alpha;
  return { decay, gain: fixed === "data" ? to.alpha - decay * from.alpha : keep - decay * from.sigma };
}

/** x where the stage ends, taken from where its step began with the answer at the stage's own level: terms to combine. */
export function restep(path: readonly Moment[], fixed: "data" | "noise", keep?: number): Term[] {
  const { stage, denoised, noise } = path.at(-1)!;
  const { decay, gain } = weights(stage, fixed, keep);
  return [
    [decay, path.at(-1 - stage.back)!.x],
    [gain, fixed === "data" ? denoised : noise],
  ];
}
