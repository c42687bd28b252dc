import type { NoiseSchedule } from "../diffusion/index.ts";
import { normal, uniform } from "../random/philox.ts";
import { elements, ints, type NdArray, ndarray } from "../runtime/ndarray.ts";
import type { DiffusionConfig } from "./config.ts";
import type { Feeds } from "./loop.ts";
import { minSnrWeight } from "./losses.ts";

/**
 * What one step of the denoiser's training is fed with: encoded pictures, and everything that is left to chance, drawn
 * as a function of the seed and the batch's number. `empty` are the token ids of the empty caption.
 */
export function diffusionFeeds(
  { mean, logvar, ids }: Readonly<Record<string, NdArray>>,
  index: number,
  config: Pick<DiffusionConfig, "seed" | "batch" | "dropout" | "prediction" | "minSnr">,
  schedule: NoiseSchedule,
  empty: readonly number[],
): Feeds {
  const { seed, batch, dropout, prediction, minSnr } = config;
  const { shape } = mean!;
  const noise = (stream: number): NdArray => ndarray(normal(seed, stream, elements(shape)), shape);
  const { trainSteps } = schedule.config;
  const timesteps = Array.from(uniform(seed, 2 * index, batch), (u) => Math.floor(u * trainSteps));
  const levels = timesteps.map((t) => schedule.at(t));
  const column = (values: readonly number[]): NdArray => ndarray(Float32Array.from(values), [batch, 1, 1, 1]);
  return {
    mean: mean!,
    logvar: logvar!,
    ids: dropCaptions(ids as NdArray<"i64">, uniform(seed, 2 * index + 1, batch), dropout, empty),
    noise: noise(2 * index),
    posteriorNoise: noise(2 * index + 1),
    timesteps: ints(timesteps),
    alpha: column(levels.map(({ alpha }) => alpha)),
    sigma: column(levels.map(({ sigma }) => sigma)),
    weight: column(levels.map((level) => (minSnr === undefined ? 1 : minSnrWeight(level, prediction, minSnr)))),
  };
}

/** Ho and Salimans 2022, algorithm 1: some captions become the empty one. */
function dropCaptions(
  ids: NdArray<"i64">,
  chance: Float32Array,
  dropout: number,
  empty: readonly number[],
): NdArray<"i64"> {
  const data = ids.data.slice();
  const none = BigInt64Array.from(empty, BigInt);
  for (const [i, u] of chance.entries()) if (u < dropout) data.set(none, i * none.length);
  return { ...ids, data };
}
