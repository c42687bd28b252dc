export {
  type DrawingDefaults,
  drawingDefaultsFile,
  drawingDefaultsToJson,
  parseDrawingDefaults,
  usualDefaults,
} from "./drawing-defaults.ts";
export { guide, rescaleGuidance } from "./guidance.ts";
export { lerp, slerp } from "./interpolation.ts";
export { invert } from "./inversion.ts";
export { combine, type Latents, rows, stack } from "./latents.ts";
export { type PlanOptions, type SigmaRule, type Spacing, stepsBefore } from "./levels.ts";
export { addNoise, type Limit, type Prediction, type PredictionType, predict, velocity } from "./parameterization.ts";
export {
  type Denoise,
  type Draw,
  gaussian,
  type Moment,
  type Plan,
  type Progress,
  type Sampler,
  type Stage,
  type Step,
  sample,
  seedsFrom,
  stageNoise,
  step,
} from "./sampler.ts";
export { findSampler, type NamedSampler, SAMPLERS } from "./samplers/index.ts";
export { boundary, distilledSteps } from "./samplers/lcm.ts";
export {
  CLEAN,
  type Level,
  logSnr,
  NoiseSchedule,
  type NoiseScheduleConfig,
  noiseRatio,
  STABLE_DIFFUSION,
} from "./schedule.ts";
export { findSchedule, type NamedSchedule, SCHEDULES, scheduleName } from "./schedule-name.ts";
export { readScheduler, type SchedulerChanges, type SchedulerSettings } from "./scheduler-config.ts";
