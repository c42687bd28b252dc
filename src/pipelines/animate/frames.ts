import {
  combine,
  type Denoise,
  type Latents,
  type Plan,
  type Progress,
  type SchedulerSettings,
  type Stage,
  sample,
} from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { anchored, type Condition } from "../draw/condition.ts";
import { guided } from "../draw/guided.ts";
import type { Noise } from "../draw/noise.ts";
import { inStep, SideBySide } from "../draw/side-by-side.ts";
import { type Ask, wholeDenoiser } from "../model/denoiser.ts";
import type { Chain, Origin } from "./chain.ts";
import type { LatentStore } from "./store.ts";

/** How latents come to be, whatever they show. */
export interface Sampling {
  readonly ask: Ask;
  readonly scheduler: SchedulerSettings;
  readonly plan: Plan;
  /** Of one picture, (1 c h w). */
  readonly shape: readonly number[];
  /** Stages at the noisy end that all frames go through under the chain's middle. */
  readonly anchored: number;
  readonly store: LatentStore;
  /** What latents depend on besides model and origins. */
  readonly content: string;
  /** Frames that are denoised at once. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/** Some work on frames. */
export interface FramesProgress {
  /** Frames done since the last time, also parts of frames. */
  readonly done: number;
  /** What a frame in work may become, in latents (1 c h w). */
  readonly denoised?: Latents;
  /** Finished ones, those asked for next. */
  readonly latents?: readonly Latents[];
}

/** Frames along a chain: each from its own noise, first under the chain's middle and then under its own condition. */
export class Frames {
  readonly #chain: Chain;
  readonly #sampling: Sampling;
  /** Where the frames of one noise part. */
  #parting: { readonly noise: Noise; readonly progress: Progress } | undefined;

  constructor(chain: Chain, sampling: Sampling) {
    this.#chain = chain;
    this.#sampling = sampling;
  }

  /** Latents at positions of the chain, in the order asked for: known ones, and others denoised in batches. */
  async *at(positions: readonly number[]): AsyncGenerator<FramesProgress, void> {
    const { batch, store } = this.#sampling;
    for (let start = 0; start < positions.length; start += batch) {
      const origins = positions.slice(start, start + batch).map((position) => this.#chain.at(position));
      const keys = origins.map((origin) => this.#key(origin));
      const known = new Map<string, Latents>();
      const missing = new Map<string, Origin>();
      for (const [i, key] of keys.entries()) {
        const latents = await store.get(key);
        if (latents) known.set(key, latents);
        else missing.set(key, origins[i]!);
      }
      yield { done: origins.length - missing.size };
      const drawn = missing.size > 0 ? yield* this.#draw([...missing.values()]) : [];
      for (const [i, key] of [...missing.keys()].entries()) {
        known.set(key, drawn[i]!);
        await store.put(key, drawn[i]!);
      }
      yield { done: 0, latents: keys.map((key) => known.get(key)!) };
    }
  }

  #key({ content }: Origin): string {
    const { anchored, content: rest } = this.#sampling;
    return JSON.stringify([rest, anchored, anchored > 0 ? this.#chain.middleContent : "", content]);
  }

  async *#draw(origins: readonly Origin[]): AsyncGenerator<FramesProgress, Latents[]> {
    const { ask, anchored: common, plan } = this.#sampling;
    const [{ noise }] = origins as [Origin];
    if (origins.every((origin) => origin.noise === noise) && this.#parting?.noise !== noise) {
      const run = this.#run(
        this.#start(noise),
        noise,
        this.#guided(ask, this.#chain.middle),
        plan.stages.slice(0, common),
      );
      let next = await run.next();
      for (; !next.done; next = await run.next()) yield { ...next.value, done: 0 };
      this.#parting = { noise, progress: next.value };
    }
    const together = new SideBySide(ask, origins.length);
    return yield* inStep(origins.map((origin, i) => together.run(this.#frame(together.ask, origin, i === 0))));
  }

  async *#frame(ask: Ask, { noise, condition }: Origin, isShown: boolean): AsyncGenerator<FramesProgress, Latents> {
    const { plan, anchored: common } = this.#sampling;
    const parting = this.#parting?.noise === noise ? this.#parting.progress : undefined;
    if (parting) yield { done: common / plan.stages.length };
    const denoise = anchored(this.#guided(ask, this.#chain.middle), common, this.#guided(ask, condition));
    // To keep a sampler's path is to clone the sampler.
    const run = this.#run(parting ?? this.#start(noise), noise, denoise, plan.stages.slice(parting ? common : 0));
    let next = await run.next();
    for (; !next.done; next = await run.next()) yield isShown ? next.value : { done: next.value.done };
    const { x } = next.value;
    if (!x.data.every(Number.isFinite))
      throw new UserError("the denoiser gave numbers that are none; lower the guidance or use another sampler");
    return x;
  }

  #start(noise: Noise): Progress {
    const { plan, shape } = this.#sampling;
    return { x: combine([plan.noiseScale, noise.start(shape)]), path: [] };
  }

  #guided(ask: Ask, { texts, guidance }: Condition): Denoise {
    return guided(wholeDenoiser(ask), this.#sampling.scheduler, texts, guidance);
  }

  async *#run(
    from: Progress,
    noise: Noise,
    denoise: Denoise,
    stages: readonly Stage[],
  ): AsyncGenerator<FramesProgress, Progress> {
    const { scheduler, plan, shape, signal } = this.#sampling;
    const draw = (index: number): Latents => noise.stage(index, shape);
    let progress = from;
    signal?.throwIfAborted();
    for await (const next of sample(scheduler.sampler, stages, denoise, from, draw)) {
      progress = next;
      yield { done: 1 / plan.stages.length, denoised: next.denoised };
      signal?.throwIfAborted();
    }
    return progress;
  }
}
