import { type Latents, stack } from "../../diffusion/index.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { stagesOf } from "../draw/condition.ts";
import { LatentColours } from "../draw/preview.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { Chain } from "./chain.ts";
import { Count } from "./count.ts";
import { originsOf } from "./ends.ts";
import { evened, type See } from "./even.ts";
import { Frames, type Sampling } from "./frames.ts";
import { look } from "./look.ts";
import { placesOf, routeOf } from "./places.ts";
import {
  type AnimateOptions,
  type AnimateProgress,
  type AnimateRequest,
  type Animation,
  completed,
  type WholeRequest,
} from "./request.ts";
import { Review } from "./review.ts";
import { shotsOf } from "./shots.ts";
import { latentsInMemory } from "./store.ts";

/** Latents that go through the network at once: more of them take more memory and hardly less time. */
const atOnce = { most: 4, area: 4096 };

/** Yields an animation's pictures in the order in which they are shown, as they are drawn. Returns figures. */
export async function* animate(
  model: DiffusionModel,
  asked: AnimateRequest,
  options: AnimateOptions = {},
): AsyncGenerator<AnimateProgress, Animation> {
  const request = completed(model, asked);
  const { ends, even, playback, between } = request;
  const { clip, signal } = options;
  yield { stage: "opening", done: 0, total: 1 };
  await model.prepare();
  const sampling = samplingOf(model, request, options);
  const colours = options.preview ? new LatentColours(model) : undefined;
  const counted = (what: Pick<AnimateProgress, "stage" | "round" | "total">) => new Count(what, colours);
  const decode = async (latents: readonly Latents[]): Promise<Picture[]> =>
    tensorToPictures(await model.decode(stack(latents)));

  const given = ends.filter(({ picture }) => picture).length;
  const origins = yield* counted({ stage: "inverting", total: given }).of(originsOf(model, request, sampling));
  const chain = new Chain(playback === "loop" ? [...origins, origins[0]!] : origins, origins);
  const frames = new Frames(chain, sampling);

  const see: See = async function* (positions, round) {
    const count = counted({ stage: "spacing", round, total: positions.length });
    const looks: Float32Array[] = [];
    for await (const progress of frames.at(positions)) {
      yield await count.add(progress);
      if (progress.latents) looks.push(...(await look(clip, await decode(progress.latents))));
    }
    return positions.map((position, i) => ({ position, look: looks[i]! }));
  };
  const places = placesIn(request, chain.ends.length - 1);
  const positions = even ? yield* evened(places, request, see) : places;

  const { order, closed } = routeOf(positions.length, playback);
  const count = counted({ stage: "drawing", total: order.length });
  const review = new Review(model, request, clip);
  const route = order.map((i) => positions[i]!);
  for await (const { shots, ...progress } of shotsOf(frames, route, between, closed)) {
    yield await count.add(progress);
    for (let at = 0; at < shots.length; at += sampling.batch) {
      const some = shots.slice(at, at + sampling.batch);
      const pictures = await decode(some.map(({ latents }) => latents));
      await review.see(
        pictures,
        some.map(({ position }) => position),
      );
      for (const picture of pictures) {
        yield { ...count.told, picture };
        signal?.throwIfAborted();
      }
    }
  }
  return review.result(positions, closed);
}

/** Places of the frames on a chain of so many pairs of ends. */
export function placesIn({ ends, movement, easing }: WholeRequest, pairs: number): number[] {
  if (movement) return movement.map((share) => share * pairs);
  return placesOf(
    ends.slice(0, pairs).map(({ intervals }) => intervals),
    easing,
  );
}

function samplingOf(model: DiffusionModel, request: WholeRequest, options: AnimateOptions): Sampling {
  const { scheduler, steps, anchor, width, height, clipSkip } = request;
  const [h, w] = [height / model.factor, width / model.factor];
  const { sampler, schedule, plan } = scheduler;
  const shape = [1, model.configs.autoencoder.latentChannels, h, w];
  const { batch = Math.min(Math.max(Math.floor(atOnce.area / (h * w)), 1), atOnce.most) } = options;
  return {
    ask: model.ask,
    scheduler,
    plan: sampler.plan(schedule, { ...plan, steps }),
    shape,
    anchored: stagesOf(scheduler, steps, anchor),
    store: options.store ?? latentsInMemory(),
    content: JSON.stringify([sampler.name, plan, steps, shape, clipSkip]),
    batch,
    signal: options.signal,
  };
}
