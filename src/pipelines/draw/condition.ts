import { type Denoise, type Latents, rows, type SchedulerSettings, slerp, stack } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { conditioned, type Wording } from "./conditioning.ts";
import type { Texts, TextsAt } from "./guided.ts";

/** What a picture is denoised under. */
export interface Condition {
  readonly texts: TextsAt;
  /** Hidden states (1 l width) of no words, which fill up the shorter of two texts. */
  readonly filler: Latents;
  readonly guidance: number;
}

export async function conditionOf(model: DiffusionModel, wording: Wording, guidance: number): Promise<Condition> {
  const { negative: filler } = await conditioned(model, { ...wording, prompt: "", negative: "" })();
  return { texts: conditioned(model, wording), filler, guidance };
}

/** A way from one text's hidden states (t = 0) to another's (t = 1). */
type Between = (a: Latents, b: Latents, t: number) => Latents;

/** From a (t = 0) to b (t = 1), by default along the circle; a text that both have stays as it is. */
export function conditionBetween(a: Condition, b: Condition, t: number, between: Between = slerp): Condition {
  if (t === 0 || a === b) return a;
  if (t === 1) return b;
  return {
    texts: async (stage) => textsBetween(await a.texts(stage), await b.texts(stage), t, a.filler, between),
    filler: a.filler,
    guidance: (1 - t) * a.guidance + t * b.guidance,
  };
}

/** The middle one, or halfway between the middle two: what all have in common. */
export function middleOf(conditions: readonly Condition[]): Condition {
  const middle = (conditions.length - 1) / 2;
  return conditionBetween(conditions[Math.floor(middle)]!, conditions[Math.ceil(middle)]!, middle % 1);
}

/** A prompt that only one side has comes or goes by its weight. */
function textsBetween(a: Texts, b: Texts, t: number, filler: Latents, between: Between): Texts {
  const length = Math.max(a.negative.shape[1]!, b.negative.shape[1]!);
  const side = ({ prompt, negative, weights = [1] }: Texts) => ({
    prompts: rows(prompt).map((one) => filled(one, length, filler)),
    negative: filled(negative, length, filler),
    weights,
  });
  const [from, to] = [side(a), side(b)];
  const prompts = (from.prompts.length > to.prompts.length ? from : to).prompts.map((one, i) =>
    between(from.prompts[i] ?? one, to.prompts[i] ?? one, t),
  );
  return {
    prompt: stack(prompts),
    negative: between(from.negative, to.negative, t),
    weights: prompts.map((_, i) => (1 - t) * (from.weights[i] ?? 0) + t * (to.weights[i] ?? 0)),
  };
}

/** States (1 l width) with those of no words behind them, up to a length. */
function filled({ data, shape }: Latents, length: number, filler: Latents): Latents {
  const [, , width] = shape as [number, number, number];
  const all = new Float32Array(length * width);
  for (let at = 0; at < all.length; at += filler.data.length) all.set(filler.data, at);
  all.set(data);
  return ndarray(all, [1, length, width]);
}

/** The first stages are asked one way, those from `stages` on another. */
export const anchored =
  (first: Denoise, stages: number, then: Denoise): Denoise =>
  (x, level, stage) =>
    (stage && stage.index < stages ? first : then)(x, level, stage);

/** Stages of a sampler's first steps, a share of all. */
export function stagesOf({ sampler, schedule, plan }: SchedulerSettings, steps: number, share: number): number {
  const all = (start: number): number => sampler.plan(schedule, { ...plan, steps, start }).stages.length;
  return all(0) - all(Math.round(steps * share));
}
