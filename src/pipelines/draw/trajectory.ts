import {
  addNoise,
  combine,
  type Denoise,
  type Latents,
  type Progress,
  type SchedulerSettings,
  type Step,
  step,
  stepsBefore,
} from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Noise } from "./noise.ts";

/** Latents to start from instead of nothing. */
export interface Given {
  /** (1 c h w). */
  readonly clean: Latents;
  /** How much of the way is gone: 0 leaves the picture as it is, 1 forgets it. */
  readonly strength: number;
  /** What stays as given, (h w): 1 there, 0 where it is drawn anew. */
  readonly keep?: Latents;
}

export interface TrajectoryOptions {
  readonly scheduler: SchedulerSettings;
  readonly denoise: Denoise;
  readonly steps: number;
  /** (1 c h w). */
  readonly shape: readonly number[];
  readonly noise: Noise;
  readonly given?: Given;
  /** Throws where the run is to end early. */
  readonly signal?: AbortSignal | undefined;
}

/** One evaluation of the network; `latents` is where x went. */
export interface TrajectoryStep extends Step {
  /** Evaluations in all. */
  readonly stages: number;
}

/**
 * From noise, or from given latents, to a picture's latents, which it returns. A part that is kept is put back after each
 * step at the noise level that the step came from, and clean at the end, as diffusers' first in-painting did.
 */
export async function* trajectory(options: TrajectoryOptions): AsyncGenerator<TrajectoryStep, Latents> {
  const { scheduler, denoise, steps, shape, noise, given, signal } = options;
  const { sampler, schedule } = scheduler;
  const start = given ? stepsBefore(given.strength, steps) : 0;
  const { stages, noiseScale } = sampler.plan(schedule, { ...scheduler.plan, steps, start });
  const [first] = stages;
  const initial = noise.start(shape);
  const draw = (index: number): Latents => noise.stage(index, shape);
  let progress: Progress = { x: combine([noiseScale, initial]), path: [] };
  if (given) progress = { x: first ? addNoise(given.clean, initial, first.at) : given.clean, path: [] };
  for (const stage of stages) {
    signal?.throwIfAborted();
    progress = await step(sampler, stage, denoise, progress, draw);
    yield { ...progress, index: stage.index, stages: stages.length, denoised: progress.path.at(-1)!.denoised };
    if (given?.keep)
      progress = { ...progress, x: blend(addNoise(given.clean, initial, stage.at), progress.x, given.keep) };
  }
  return given?.keep ? blend(given.clean, progress.x, given.keep) : progress.x;
}

/** kept · keep + drawn · (1 − keep), for each channel. */
function blend(kept: Latents, drawn: Latents, keep: Latents): Latents {
  const area = keep.data.length;
  const data = drawn.data.map((value, i) => {
    const share = keep.data[i % area]!;
    return kept.data[i]! * share + value * (1 - share);
  });
  return ndarray(data, drawn.shape);
}
