import { invert, type Latents } from "../../diffusion/index.ts";
import { flatten, picturesToTensor } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { anchored, type Condition, conditionOf, middleOf } from "../draw/condition.ts";
import { cover } from "../draw/given-picture.ts";
import { guided } from "../draw/guided.ts";
import { type Noise, seededNoise } from "../draw/noise.ts";
import { wholeDenoiser } from "../model/denoiser.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { Origin } from "./chain.ts";
import type { FramesProgress, Sampling } from "./frames.ts";
import type { WholeRequest } from "./request.ts";
import { digest } from "./store.ts";

/** Each end's texts and noise; a picture's noise is what DDIM draws it from under the conditions of its frame. */
export async function* originsOf(
  model: DiffusionModel,
  { ends, steps, clipSkip, width, height }: WholeRequest,
  sampling: Sampling,
): AsyncGenerator<FramesProgress, Origin[]> {
  const conditions: Condition[] = [];
  const contents: string[] = [];
  for (const { prompt = "", negative, guidance, seed, picture } of ends) {
    conditions.push(await conditionOf(model, { prompt, negative, steps, skip: clipSkip - 1 }, guidance));
    const source = picture ? await contentOf(fitted(picture, width, height)) : seed;
    contents.push(JSON.stringify([prompt, negative, guidance, source]));
  }
  const middle = middleOf(conditions);
  const noises = new Map<number, Noise>();
  const origins: Origin[] = [];
  for (const [i, { seed, picture }] of ends.entries()) {
    const [condition, content] = [conditions[i]!, contents[i]!];
    let noise = noises.get(seed) ?? seededNoise(seed);
    if (picture) {
      const key = JSON.stringify([
        "noise",
        sampling.content,
        sampling.anchored,
        sampling.anchored > 0 && contents,
        content,
      ]);
      const known = await sampling.store.get(key);
      const start = known ?? (yield* noiseOf(model, fitted(picture, width, height), condition, middle, sampling));
      if (known) yield { done: 1 };
      else await sampling.store.put(key, start);
      noise = { ...noise, start: () => start };
    } else noises.set(seed, noise);
    origins.push({ condition, noise, content });
  }
  return origins;
}

/** Scaled and cut to a size, transparent pixels white. */
export const fitted = (picture: Picture, width: number, height: number): Picture =>
  flatten(cover(picture, width, height));

async function contentOf({ width, height, data }: Picture): Promise<string> {
  return `${width}x${height} ${await digest(new Uint8Array(data))}`;
}

async function* noiseOf(
  model: DiffusionModel,
  picture: Picture,
  condition: Condition,
  middle: Condition,
  { ask, scheduler, plan, anchored: common, signal }: Sampling,
): AsyncGenerator<FramesProgress, Latents> {
  const under = ({ texts, guidance }: Condition) => guided(wholeDenoiser(ask), scheduler, texts, guidance);
  const { mean } = await model.encode(picturesToTensor([picture]));
  const run = invert(plan.stages, anchored(under(middle), common, under(condition)), scheduler.prediction, mean);
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    yield { done: 1 / plan.stages.length, denoised: next.value };
    signal?.throwIfAborted();
  }
  return next.value;
}
