import { UserError } from "../errors.ts";
import type { Host, Picture } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import type { CommonConfig } from "./config.ts";
import type { DataConfig } from "./data/config.ts";
import type { DataSet, Tokenize } from "./data/data-set.ts";
import { TrainingLog } from "./log.ts";
import { Pace } from "./pace.ts";
import type { TrainState } from "./state.ts";
import { loadState, saveState } from "./state-file.ts";
import type { Trainer } from "./step.ts";

export type Feeds = Readonly<Record<string, NdArray>>;

/** One kind of training, ready to run: what is its own in the loops for autoencoder, CLIP and diffusion. */
export interface Training {
  /** Computes what has to be there before the first step, once. */
  prepare?(signal: AbortSignal | undefined): AsyncGenerator<Progress>;
  /** Arrays of a state before its first step. */
  initial(): Promise<Record<string, NdArray>>;
  /** The graph that makes step `step`. */
  trainer(step: number): Promise<Trainer>;
  /** The `index`-th batch of the run: a pure function of the index. */
  feeds(index: number): Promise<Feeds>;
  /** Parts in which `feeds` gives a batch, one a call; one without. */
  readonly slices?: number;
  /** Learning rates of the groups at a step. */
  rates(step: number): Readonly<Record<string, number>>;
  /** A picture that shows how far the training has come. */
  sheet?(state: TrainState): Promise<Picture>;
  /** Measures the model every so many steps, for the log. */
  readonly evaluation?: {
    readonly every: number;
    run(state: TrainState): Promise<Record<string, number>>;
  };
  /** Writes the finished model. */
  save(state: TrainState): Promise<void>;
  close(): Promise<void>;
}

/** What a training needs of its surroundings. */
export interface Surroundings {
  readonly host: Host;
  /** Opens the pictures of a config in batches. */
  openData(config: DataConfig, options: { batch: number; seed: number; tokenize?: Tokenize }): DataSet;
}

export interface Progress {
  /** Before the training itself its data may have to be computed. */
  readonly stage: "encoding" | "training" | "evaluating";
  /** Updates made, or pictures encoded, so far. */
  readonly step: number;
  readonly steps: number;
  /** Absent unless training. */
  readonly loss?: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Pictures (or pairs) per second, smoothed. */
  readonly perSecond: number;
  readonly secondsLeft: number;
}

/** Where a run ended: `finished` when no steps are left. */
export interface Outcome {
  readonly finished: boolean;
  readonly step: number;
}

export interface LoopOptions {
  readonly host: Host;
  readonly config: CommonConfig;
  /** Identifies the config: a state of another one is not resumed. */
  readonly fingerprint: string;
  readonly resume: boolean;
  /** Stops after the step that is being made; the state is saved. */
  readonly signal?: AbortSignal;
}

/**
 * Trains until the config's steps or minutes are over or the signal comes, saving the state and the model so far every few
 * minutes and at the end; yields after every step.
 */
export async function* train(training: Training, options: LoopOptions): AsyncGenerator<Progress, Outcome> {
  const { host, config, fingerprint, resume, signal } = options;
  const path = `${config.out}/training.safetensors`;
  const state: TrainState = resume
    ? await loadState(host, path, fingerprint)
    : { step: 0, arrays: await training.initial() };
  if (training.prepare) yield* training.prepare(signal);
  if (signal?.aborted) return { finished: false, step: state.step };
  const log = await TrainingLog.open(host, `${config.out}/log.jsonl`, state.step);
  await training.trainer(state.step); // opening a session is not part of the pace
  const timer = new Pace(config.batch * config.accumulate);
  const started = performance.now();
  let saved = started;
  let sound = true;
  const keep = async (): Promise<void> => {
    await saveState(host, path, state, fingerprint);
    await training.save(state);
    await log.flush();
    saved = performance.now();
  };
  const minutesSince = (time: number): number => (performance.now() - time) / 60_000;
  const feeds = config.accumulate * (training.slices ?? 1);
  let next = batches(training, state.step, feeds);
  try {
    while (state.step < config.steps && !signal?.aborted && minutesSince(started) < (config.minutes ?? Infinity)) {
      const batch = await next;
      if (state.step + 1 < config.steps) next = batches(training, state.step + 1, feeds);
      const trainer = await training.trainer(state.step);
      const metrics = await trainer.step(state, batch, training.rates(state.step));
      const broken = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
      if (broken) {
        sound = false;
        const remedy = `lower "lr" and resume from the state before, ${path}`;
        throw new UserError(`step ${state.step}: ${broken[0]} is ${broken[1]}; ${remedy}`);
      }
      log.add(state.step, metrics);
      const perSecond = timer.tick();
      const secondsLeft = ((config.steps - state.step) * config.batch * config.accumulate) / perSecond;
      const pace = { step: state.step, steps: config.steps, perSecond, secondsLeft };
      yield { stage: "training", loss: metrics.loss!, metrics, ...pace };
      const { evaluation } = training;
      if (evaluation && state.step % evaluation.every === 0) {
        const figures = await evaluation.run(state);
        log.note(state.step, { evaluation: figures });
        yield { stage: "evaluating", metrics: figures, ...pace };
      }
      if (config.sampleEvery && state.step % config.sampleEvery === 0) await writeSheet(training, state, options);
      if (minutesSince(saved) >= config.checkpointMinutes) await keep();
    }
  } finally {
    await next.catch(() => undefined);
    if (sound) await keep();
  }
  return { finished: state.step >= config.steps, step: state.step };
}

/** The batches, or slices, of one update. They are asked for while the update before is still computing. */
function batches(training: Training, step: number, count: number): Promise<Feeds[]> {
  const all = Promise.all(Array.from({ length: count }, (_, i) => training.feeds(step * count + i)));
  all.catch(() => {}); // told when it is awaited
  return all;
}

async function writeSheet(training: Training, state: TrainState, { host, config }: LoopOptions): Promise<void> {
  const sheet = await training.sheet?.(state);
  if (!sheet) return;
  const png = await host.encodePicture(sheet, "png");
  await host.write(`${config.out}/samples/${String(state.step).padStart(7, "0")}.png`, [png]);
}
