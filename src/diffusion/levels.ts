import { UserError } from "../errors.ts";
import { CLEAN, type Level, type NoiseSchedule, noiseRatio } from "./schedule.ts";

/** How evaluations spread over the trained timesteps: Lin et al. 2024, table 2. */
export type Spacing = "leading" | "trailing" | "linspace";

/** How σ/α falls: as trained at evenly spread timesteps, as in Karras et al. 2022 eq. 5, or evenly in its logarithm. */
export type SigmaRule = "trained" | "karras" | "exponential";

export interface PlanOptions {
  readonly steps: number;
  /** Steps left out at the noisy end, where image-to-image begins. */
  readonly start?: number;
  /** Each sampler has its usual one. */
  readonly spacing?: Spacing;
  /** Added to the timesteps of "leading" spacing. */
  readonly offset?: number;
  readonly sigmas?: SigmaRule;
  /** Where the last step ends: without noise, or at the first trained level (which is how old releases ended). */
  readonly end?: "clean" | "first";
}

/** The steps that an image-to-image run of a given strength (0 … 1) leaves out. */
export const stepsBefore = (strength: number, steps: number): number =>
  steps - Math.floor(Math.min(Math.max(strength, 0), 1) * steps + 1e-6);

/** `count` timesteps from noisy to clean; those of "linspace" may be fractions. */
export function timesteps(schedule: NoiseSchedule, count: number, spacing: Spacing, offset: number): number[] {
  const { trainSteps } = schedule.config;
  if (!Number.isInteger(count) || count < 1 || count > trainSteps) {
    throw new UserError(`steps: ${count} is not a whole number from 1 to the model's ${trainSteps} noise levels`);
  }
  const indices = Array.from({ length: count }, (_, i) => i);
  const last = trainSteps - 1;
  switch (spacing) {
    case "leading": {
      const stride = Math.floor(trainSteps / count);
      // As many steps as levels leave no room for an offset: visited twice, a level is a step of no width.
      const added = Math.min(offset, last - (count - 1) * stride);
      return indices.map((i) => (count - 1 - i) * stride + added);
    }
    case "trailing":
      return indices.map((i) => roundHalfEven(trainSteps - (i * trainSteps) / count) - 1);
    case "linspace":
      return count === 1 ? [last] : indices.map((i) => (last * (count - 1 - i)) / (count - 1));
  }
}

/** Levels of the samplers in k-diffusion's family: timesteps may be fractional, the end is clean. */
export function continuousLevels(schedule: NoiseSchedule, options: PlanOptions, spacing: Spacing): Level[] {
  const { steps, offset = 0, sigmas = "trained" } = options;
  const levels = timesteps(schedule, steps, spacing, offset).map((t) => schedule.at(t));
  if (sigmas === "trained") return [...levels, CLEAN];
  return [...ratios(sigmas, levels[0]!, levels.at(-1)!, steps).map((r) => schedule.atRatio(r)), CLEAN];
}

/** Levels of the DPM-Solver family: whole timesteps, spread so that the end counts as one of them. */
export function solverLevels(schedule: NoiseSchedule, options: PlanOptions): Level[] {
  const { steps, spacing = "linspace", offset = 0, sigmas = "trained", end = "clean" } = options;
  const last = end === "clean" ? CLEAN : schedule.at(0);
  if (sigmas !== "trained") {
    const [noisiest, cleanest] = [schedule.at(schedule.config.trainSteps - 1), schedule.at(0)];
    const levels = ratios(sigmas, noisiest, cleanest, steps).map((r) => schedule.atRatio(r));
    return [...levels.map((level) => ({ ...level, timestep: Math.round(level.timestep) })), last];
  }
  // Whoever wants as many steps as there are trained levels visits each of them.
  const count = spacing === "trailing" ? steps : Math.min(steps + 1, Math.max(steps, schedule.config.trainSteps));
  const points = timesteps(schedule, count, spacing, offset).slice(0, steps);
  return [...points.map((t) => schedule.at(roundHalfEven(t))), last];
}

/** Whole timesteps, each with the level a fixed stride below it, which is where DDIM and its kin step to. */
export function strides(
  schedule: NoiseSchedule,
  { steps, spacing = "leading", offset = 0, end = "clean" }: PlanOptions,
): { readonly at: Level; readonly to: Level }[] {
  const stride = Math.floor(schedule.config.trainSteps / steps);
  const last = end === "clean" ? CLEAN : schedule.at(0);
  return timesteps(schedule, steps, spacing, offset).map((exact) => {
    const timestep = roundHalfEven(exact);
    return { at: schedule.at(timestep), to: timestep < stride ? last : schedule.at(timestep - stride) };
  });
}

function ratios(rule: "karras" | "exponential", noisiest: Level, cleanest: Level, count: number): number[] {
  if (noisiest.alpha === 0) {
    throw new UserError(`sigmas: "${rule}" cannot start from pure noise (zero terminal SNR); use "trained"`);
  }
  const rho = 7;
  const warp = rule === "karras" ? (ratio: number) => ratio ** (1 / rho) : Math.log;
  const unwarp = rule === "karras" ? (value: number) => value ** rho : Math.exp;
  const [high, low] = [warp(noiseRatio(noisiest)), warp(noiseRatio(cleanest))];
  return Array.from({ length: count }, (_, i) => unwarp(high + ((low - high) * i) / Math.max(count - 1, 1)));
}

/** To the nearest whole number, halves to the even one, as numpy rounds. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
