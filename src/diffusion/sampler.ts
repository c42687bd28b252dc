import { UserError } from "../errors.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { type Latents, stack } from "./latents.ts";
import type { PlanOptions } from "./levels.ts";
import type { Prediction } from "./parameterization.ts";
import type { Level, NoiseSchedule } from "./schedule.ts";

/** One evaluation of the network and what follows from it. A step of a sampler is one stage or several. */
export interface Stage {
  /** Position in the whole plan; the noise that a stage adds is drawn for it. */
  readonly index: number;
  /** Where the network is asked. */
  readonly at: Level;
  /** Where x is taken from: here, or where the step began. */
  readonly from: Level;
  /** Where x is taken to. */
  readonly to: Level;
  /** How many stages ago the step began. */
  readonly back: number;
  /** Stages that follow in the plan. */
  readonly left: number;
}

export interface Plan {
  readonly stages: readonly Stage[];
  /** Standard deviation of the noise that sampling from nothing starts with. */
  readonly noiseScale: number;
}

/** What was seen at one stage: what went into the network and what it said. */
export interface Moment extends Prediction {
  readonly stage: Stage;
  readonly x: Latents;
}

/** Asks the network about x, guidance included; what it is told may depend on the stage. */
export type Denoise = (x: Latents, level: Level, stage?: Stage) => Promise<Prediction>;

/** Standard normal noise for stage `index`: the same whenever asked. */
export type Draw = (index: number) => Latents;

/**
 * A sampler plans which noise levels to visit and says where x goes from what was seen so far. It keeps no state: the
 * path is its whole history, so a run can be cloned, branched or taken up again from any of its steps.
 *
 * x is held variance-preserving (alpha · clean + sigma · noise), which is what the network sees.
 */
export interface Sampler {
  readonly name: string;
  plan(schedule: NoiseSchedule, options: PlanOptions): Plan;
  /** x at the end of the stage that `path` ends with. */
  advance(path: readonly Moment[], draw: Draw): Latents;
}

/** Where a run stands. Nothing mutates it: to keep it is to clone it. */
export interface Progress {
  readonly x: Latents;
  readonly path: readonly Moment[];
}

/** One stage: asks the network, then moves on. */
export async function step(
  sampler: Sampler,
  stage: Stage,
  denoise: Denoise,
  { x, path }: Progress,
  draw: Draw,
): Promise<Progress> {
  const seen = [...path, { stage, x, ...(await denoise(x, stage.at, stage)) }];
  return { x: sampler.advance(seen, draw), path: seen };
}

export interface Step extends Progress {
  readonly index: number;
  /** The network's present idea of the finished picture. */
  readonly denoised: Latents;
}

/** Runs stages from some progress on. Branches start from the same step with other `stages.slice(n)` or `denoise`. */
export async function* sample(
  sampler: Sampler,
  stages: readonly Stage[],
  denoise: Denoise,
  from: Progress,
  draw: Draw,
): AsyncGenerator<Step> {
  let progress = from;
  for (const stage of stages) {
    progress = await step(sampler, stage, denoise, progress, draw);
    yield { ...progress, index: stage.index, denoised: progress.path.at(-1)!.denoised };
  }
}

/** The seeds of a batch: picture k of seed s is picture 0 of seed s + k. */
export const seedsFrom = (seed: number, count: number): number[] => Array.from({ length: count }, (_, k) => seed + k);

/** Standard normal latents of shape [c, h, w] for each seed. Stream 0 starts a picture; stage i draws from i + 1. */
export function gaussian(seeds: readonly number[], stream: number, shape: readonly number[]): Latents {
  const size = shape.reduce((n, d) => n * d, 1);
  return stack(seeds.map((seed) => ndarray(normal(seed, stream, size), [1, ...shape])));
}

/** The noise of a stochastic sampler's stages, from the pictures' own seeds. */
export const stageNoise =
  (seeds: readonly number[], shape: readonly number[]): Draw =>
  (index) =>
    gaussian(seeds, index + 1, shape);

/** Stages of one evaluation each, from level to level. */
export const consecutive = (levels: readonly Level[]): StageDraft[] =>
  levels.slice(0, -1).map((at, i) => ({ at, to: levels[i + 1]! }));

/** A stage before it is numbered. */
export interface StageDraft {
  readonly at: Level;
  readonly to: Level;
  readonly from?: Level;
  readonly back?: number;
}

/** A plan of a sampler whose steps divide by α, which pure noise has none of. */
export function needsSignal(plan: Plan): Plan {
  if (plan.stages[0]?.at.alpha !== 0) return plan;
  throw new UserError(
    "sampler: it cannot start from pure noise (zero terminal SNR); use dpmpp-2m, ddim, euler or euler-a",
  );
}

/** Numbers stages and leaves out the first ones; a stage whose step began among those begins anew. */
export function numberStages(drafts: readonly StageDraft[], first = 0): Stage[] {
  if (!Number.isInteger(first) || first < 0 || first > drafts.length) {
    throw new RangeError(`a plan of ${drafts.length} stages cannot start at ${first}`);
  }
  return drafts.slice(first).map(({ at, to, from, back = 0 }, i) => {
    const begun = Math.min(back, i);
    return {
      index: first + i,
      at,
      from: begun === back ? (from ?? at) : at,
      to,
      back: begun,
      left: drafts.length - 1 - first - i,
    };
  });
}
