import { boundary, distilledSteps, findSampler, STABLE_DIFFUSION } from "../diffusion/index.ts";
import { UserError } from "../errors.ts";
import { concat, constant, input, type Tensor } from "../graph/index.ts";
import { uniform } from "../random/philox.ts";
import type { DistilConfig } from "./config.ts";
import { type Denoising, idsOf, type Lesson } from "./denoising.ts";
import type { Feeds } from "./loop.ts";
import { huber } from "./losses.ts";
import { column, columnOf, type Levels, levelFeeds, levelInputs, noised, noisedFeeds } from "./noised.ts";

/** What a denoiser says of latents (n c h w) at timesteps (n), told hidden states (n l width) of texts. */
export type Says = (latents: Tensor, timesteps: Tensor, hidden: Tensor) => Tensor;

export interface Pair extends Pick<Denoising, "text" | "tokenize" | "prediction"> {
  readonly teacher: Says;
  readonly student: Says;
}

/** Luo et al. 2023. */
const huberWidth = 1e-3;

/** Timesteps from one that the solver knows to the next. */
const stride = STABLE_DIFFUSION.trainSteps / distilledSteps;

/** Levels with the shares of a consistency model's boundary. */
interface Bounded extends Levels {
  readonly skip: Tensor;
  readonly out: Tensor;
}

/** What the level that the teacher's step `i` leads to is called. */
const afterStep = (i: number): string => `step${i + 1}.`;

/**
 * Latent consistency distillation: Luo et al. 2023, algorithm 1. What the student sees in noisy latents is to be what it
 * sees after some way of the guided teacher from there towards clean ones, told by its own weights of the moment. It is
 * not told the guidance, which is always the same.
 */
export function consistency(
  { seed, guidance, skip, teacherSteps }: Pick<DistilConfig, "seed" | "guidance" | "skip" | "teacherSteps">,
  pair: Pair,
): Lesson {
  const { teacher, student, text, tokenize, prediction } = pair;
  if (skip % stride !== 0) throw new UserError(`"skip" is ${skip}, but must be a multiple of ${stride}`);
  const last = afterStep(teacherSteps - 1);
  return {
    objective(form) {
      const { batch } = form;
      const { noisy, levels } = noised(form);
      const way = Array.from({ length: teacherSteps }, (_, i) => levelInputs(batch, afterStep(i)));
      const empty = idsOf(tokenize, "");
      const ids = input("ids", "i64", [batch, empty.length]);
      const told = text.forward(ids).hidden;
      const untold = text.forward(constant(empty, [1, empty.length], "i64")).hidden.expand(told.shape);
      const guided = (x: Tensor, timesteps: Tensor): Tensor => {
        const twice = (each: Tensor): Tensor => concat([each, each], 0);
        const both = teacher(twice(x), twice(timesteps), concat([untold, told], 0));
        const without = both.slice(0, 0, batch);
        return without.add(
          both
            .slice(0, batch, 2 * batch)
            .sub(without)
            .mul(guidance),
        );
      };
      // Song et al. 2021, eq. 12 without noise.
      let [x, at] = [noisy, levels];
      for (const next of way) {
        const { denoised, noise } = read(prediction, guided(x, at.timesteps), x, at);
        x = denoised.mul(next.alpha).add(noise.mul(next.sigma));
        at = next;
      }
      const seen = (x: Tensor, at: Bounded): Tensor => {
        const { denoised } = read(prediction, student(x, at.timesteps, told), x, at);
        return x.mul(at.skip).add(denoised.mul(at.out));
      };
      const target = seen(x.detach(), bounded(at, batch, last)).detach();
      const loss = huber(seen(noisy, bounded(levels, batch, "")), target, huberWidth);
      return { loss, metrics: { loss } };
    },
    feeds(encoded, index, schedule) {
      const { ids } = encoded;
      const chances = uniform(seed, 2 * index, ids!.shape[0]!);
      const timesteps = Array.from(chances, (u) => (Math.floor(u * distilledSteps) + 1) * stride - 1);
      const ends = timesteps.map((t) => Math.max(0, t - skip));
      const after = (i: number): number[] =>
        timesteps.map((t, k) => Math.round(t + ((ends[k]! - t) * (i + 1)) / teacherSteps));
      const way = Array.from({ length: teacherSteps }, (_, i) => levelFeeds(after(i), schedule, afterStep(i)));
      return {
        ids: ids!,
        ...noisedFeeds(encoded, index, seed, timesteps, schedule),
        ...boundaryFeeds(timesteps, ""),
        ...Object.assign({}, ...way),
        ...boundaryFeeds(ends, last),
      };
    },
    samples: { sampler: findSampler("lcm").sampler, steps: 4, guidance: 1 },
  };
}

const bounded = (levels: Levels, batch: number, prefix: string): Bounded => ({
  ...levels,
  skip: column(`${prefix}skip`, batch),
  out: column(`${prefix}out`, batch),
});

function boundaryFeeds(timesteps: readonly number[], prefix: string): Feeds {
  const shares = timesteps.map((t) => boundary(t));
  return {
    [`${prefix}skip`]: columnOf(shares.map(({ skip }) => skip)),
    [`${prefix}out`]: columnOf(shares.map(({ out }) => out)),
  };
}

/** What an answer says of x: x = α · denoised + σ · noise. */
function read(
  prediction: Denoising["prediction"],
  said: Tensor,
  x: Tensor,
  { alpha, sigma }: Levels,
): { readonly denoised: Tensor; readonly noise: Tensor } {
  if (prediction === "epsilon") return { denoised: x.sub(said.mul(sigma)).div(alpha), noise: said };
  return { denoised: x.mul(alpha).sub(said.mul(sigma)), noise: x.mul(sigma).add(said.mul(alpha)) };
}
