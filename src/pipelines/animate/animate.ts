import { type Latents, lerp, stack } from "../../diffusion/index.ts";
import { distance, smoothness } from "../../evaluation/smoothness.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { stagesOf } from "../draw/condition.ts";
import { LatentColours } from "../draw/preview.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { Chain } from "./chain.ts";
import type { Sight } from "./change.ts";
import { originsOf } from "./ends.ts";
import { evened } from "./even.ts";
import { Frames, type FramesProgress, type Sampling } from "./frames.ts";
import { look } from "./look.ts";
import { placesOf, routeOf } from "./places.ts";
import { Reports } from "./reports.ts";
import {
  type AnimateOptions,
  type AnimateProgress,
  type AnimateRequest,
  type Animation,
  completed,
  type WholeRequest,
} from "./request.ts";
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
  const { ends, width, height, even, playback, between } = request;
  yield { stage: "opening", done: 0, total: 1 };
  await model.prepare();
  const sampling = samplingOf(model, request, options);
  const colours = options.preview ? new LatentColours(model) : undefined;
  const counted = (what: Pick<AnimateProgress, "stage" | "round" | "total">) => new Count(what, colours);
  const picturesOf = async (latents: readonly Latents[]): Promise<Picture[]> =>
    tensorToPictures(await model.decode(stack(latents)));

  const pictures = ends.filter(({ picture }) => picture).length;
  const origins = yield* counted({ stage: "inverting", total: pictures }).all(originsOf(model, request, sampling));
  const chain = new Chain(playback === "loop" ? [...origins, origins[0]!] : origins, origins);
  const frames = new Frames(chain, sampling);
  const see = async function* (positions: readonly number[], round: number): AsyncGenerator<AnimateProgress, Sight[]> {
    const count = counted({ stage: "spacing", round, total: positions.length });
    const sights: Sight[] = [];
    for await (const progress of frames.at(positions)) {
      yield await count.add(progress);
      const { latents = [] } = progress;
      const looks = latents.length > 0 ? await look(options.clip, await picturesOf(latents)) : [];
      for (const one of looks) sights.push({ position: positions[sights.length]!, look: one });
    }
    return sights;
  };
  const places = placesIn(request, chain.ends.length - 1);
  const positions = even ? yield* evened(places, request, see) : places;

  const { order, closed } = routeOf(positions.length, playback);
  const count = counted({ stage: "drawing", total: order.length });
  const reports = new Reports(model, request, options.clip);
  const distances: number[] = [];
  let [shown, first, last]: [number, Float32Array?, Float32Array?] = [0];
  const show = async function* (waiting: readonly Shown[]): AsyncGenerator<AnimateProgress> {
    for (let at = 0; at < waiting.length; at += sampling.batch) {
      const some = waiting.slice(at, at + sampling.batch);
      const decoded = await picturesOf(some.map(({ latents }) => latents));
      const looks = await look(options.clip, decoded);
      for (const [i, picture] of decoded.entries()) {
        if (last) distances.push(distance(last, looks[i]!));
        last = looks[i]!;
        first ??= last;
        shown++;
        await reports.see(some[i]!.position, picture);
        yield { ...count.told, picture };
        options.signal?.throwIfAborted();
      }
    }
  };
  let before: Shown | undefined;
  const route = order.map((i) => positions[i]!);
  let passed = 0;
  for await (const progress of frames.at(route)) {
    yield await count.add(progress);
    const waiting: Shown[] = [];
    for (const latents of progress.latents ?? []) {
      if (before) waiting.push(before, ...blends(before.latents, latents, between));
      before = { latents, position: route[passed++]! };
    }
    yield* show(waiting);
  }
  if (!closed) yield* show([before!]);
  if (closed && shown > 1) distances.push(distance(last!, first!));
  return { pictures: shown, width, height, positions, smoothness: smoothness(distances), ends: await reports.all() };
}

/** Latents to be shown; those at a position are a frame, others a blend. */
interface Shown {
  readonly latents: Latents;
  readonly position?: number;
}

const blends = (a: Latents, b: Latents, between: number): Shown[] =>
  Array.from({ length: between - 1 }, (_, j) => ({ latents: lerp(a, b, (j + 1) / between) }));

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

/** Adds up progress on frames. */
class Count {
  told: AnimateProgress;
  readonly #colours: LatentColours | undefined;

  constructor(what: Pick<AnimateProgress, "stage" | "round" | "total">, colours: LatentColours | undefined) {
    this.told = { ...what, done: 0 };
    this.#colours = colours;
  }

  async add({ done, denoised }: FramesProgress): Promise<AnimateProgress> {
    // Parts of frames sum up to whole ones.
    this.told = { ...this.told, done: Math.round((this.told.done + done) * 1e6) / 1e6 };
    const preview = denoised && (await this.#colours?.picture(denoised));
    return { ...this.told, ...(preview && { preview }) };
  }

  async *all<R>(run: AsyncGenerator<FramesProgress, R>): AsyncGenerator<AnimateProgress, R> {
    let next = await run.next();
    for (; !next.done; next = await run.next()) yield this.add(next.value);
    return next.value;
  }
}
