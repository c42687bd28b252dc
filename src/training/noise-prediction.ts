import { findSampler } from "../diffusion/index.ts";
import { input } from "../graph/index.ts";
import { uniform } from "../random/philox.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import type { DiffusionConfig } from "./config.ts";
import { type Denoising, idsOf, type Lesson } from "./denoising.ts";
import { minSnrWeight } from "./losses.ts";
import { column, columnOf, noised, noisedFeeds } from "./noised.ts";

/** Ho et al. 2020, algorithm 1, on latents, told the captions but for some: what most trainings of a denoiser are. */
export function noisePrediction(
  {
    seed,
    dropout,
    minSnr,
    shift,
    guidance,
  }: Pick<DiffusionConfig, "seed" | "dropout" | "minSnr" | "shift" | "guidance">,
  { said, text, tokenize, prediction }: Pick<Denoising, "said" | "text" | "tokenize" | "prediction">,
): Lesson {
  return {
    objective(form) {
      const { clean, noise, noisy, levels } = noised(form);
      const { timesteps, alpha, sigma } = levels;
      const target = prediction === "epsilon" ? noise : noise.mul(alpha).sub(clean.mul(sigma));
      const ids = input("ids", "i64", [form.batch, text.config.positions]);
      const error = said(noisy, timesteps, ids).sub(target).square();
      const loss = error.mul(column("weight", form.batch)).mean();
      return { loss, metrics: { loss, mse: error.mean() } };
    },
    feeds(encoded, index, schedule) {
      const ids = encoded.ids as NdArray<"i64">;
      const batch = ids.shape[0]!;
      const { trainSteps } = schedule.config;
      const timesteps = spread(uniform(seed, 2 * index, batch), shift).map((u) => Math.floor(u * trainSteps));
      const weight = (t: number): number =>
        minSnr === undefined ? 1 : minSnrWeight(schedule.at(t), prediction, minSnr);
      return {
        ...noisedFeeds(encoded, index, seed, timesteps, schedule),
        ids: dropCaptions(ids, uniform(seed, 2 * index + 1, batch), dropout, idsOf(tokenize, "")),
        weight: columnOf(timesteps.map(weight)),
      };
    },
    samples: { sampler: findSampler("dpmpp-2m").sampler, steps: 20, guidance },
  };
}

/**
 * Times from 0 to 1, one in each part of a batch, so that every batch learns of little noise and of much: parts in their
 * order, since pictures are in none. Those that chance gives are shifted towards 1, noise, by Esser et al. 2024, eq. 23.
 */
export const spread = (chance: Float32Array, shift: number): number[] =>
  Array.from(chance, (u, i) => {
    const time = (i + u) / chance.length;
    return (shift * time) / (1 + (shift - 1) * time);
  });

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
