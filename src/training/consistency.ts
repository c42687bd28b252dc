import { boundary, distilledSteps, findSampler } from "../diffusion/index.ts";
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

/** Levels with the shares of a consistency model's boundary. */
interface Bounded extends Levels {
  readonly skip: Tensor;
  readonly out: Tensor;
}

/** The level that the teacher steps to. */
const earlier = "earlier.";

/**
 * Latent consistency distillation: Luo et al. 2023, algorithm 1. What the student sees in noisy latents is to be what it
 * sees after one step of the guided teacher from there towards clean ones. Its target are its weights of the moment, as
 * in Song and Dhariwal 2023, and it is not told the guidance, which is always the same.
 */
export function consistency(
  { seed, guidance, skip }: Pick<DistilConfig, "seed" | "guidance" | "skip">,
  pair: Pair,
): Lesson {
  const { teacher, student, text, tokenize, prediction } = pair;
  return {
    objective(form) {
      const { batch } = form;
      const { noisy, levels } = noised(form);
      const [here, there] = [bounded(levels, batch, ""), bounded(levelInputs(batch, earlier), batch, earlier)];
      const empty = idsOf(tokenize, "");
      const ids = input("ids", "i64", [batch, empty.length]);
      const told = text.forward(ids).hidden;
      const untold = text.forward(constant(empty, [1, empty.length], "i64")).hidden.expand(told.shape);
      const twice = (x: Tensor): Tensor => concat([x, x], 0);
      const both = teacher(twice(noisy), twice(here.timesteps), concat([untold, told], 0));
      const without = both.slice(0, 0, batch);
      const guided = without.add(
        both
          .slice(0, batch, 2 * batch)
          .sub(without)
          .mul(guidance),
      );
      const { denoised, noise } = read(prediction, guided, noisy, here);
      const stepped = denoised.mul(there.alpha).add(noise.mul(there.sigma)).detach();
      const seen = (x: Tensor, at: Bounded): Tensor => {
        const { denoised } = read(prediction, student(x, at.timesteps, told), x, at);
        return x.mul(at.skip).add(denoised.mul(at.out));
      };
      const loss = huber(seen(noisy, here), seen(stepped, there).detach(), huberWidth);
      return { loss, metrics: { loss } };
    },
    feeds(encoded, index, schedule) {
      const { ids } = encoded;
      const stride = schedule.config.trainSteps / distilledSteps;
      const chances = uniform(seed, 2 * index, ids!.shape[0]!);
      const timesteps = Array.from(chances, (u) => (Math.floor(u * distilledSteps) + 1) * stride - 1);
      const before = timesteps.map((t) => Math.max(0, t - skip));
      return {
        ids: ids!,
        ...noisedFeeds(encoded, index, seed, timesteps, schedule),
        ...boundaryFeeds(timesteps, ""),
        ...levelFeeds(before, schedule, earlier),
        ...boundaryFeeds(before, earlier),
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
