import type { Latents } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { type Colours, coloursOf, matchColours, toLab } from "../../image/lab.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import { type Border, warp } from "../../image/warp.ts";
import type { Picture } from "../../runtime/host.ts";
import { cameraMotions, type Motion } from "../../video/camera.ts";
import { conditionOf } from "../draw/condition.ts";
import { encodePicture } from "../draw/given-picture.ts";
import { guided } from "../draw/guided.ts";
import { seededNoise } from "../draw/noise.ts";
import { LatentColours } from "../draw/preview.ts";
import { trajectory } from "../draw/trajectory.ts";
import { wholeDenoiser } from "../model/denoiser.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { placesIn } from "./animate.ts";
import { Chain, type Origin } from "./chain.ts";
import { fitted } from "./ends.ts";
import {
  type AnimateOptions,
  type AnimateProgress,
  type AnimateRequest,
  type Animation,
  completed,
  type WholeRequest,
} from "./request.ts";
import { Review } from "./review.ts";
import { digest, type LatentStore, latentsInMemory } from "./store.ts";

/** A journey through texts, one or more: each frame is drawn over the one before, which the camera has moved. */
export interface CameraRequest extends AnimateRequest {
  /** As `cameraMotions` reads it. */
  readonly camera: string;
  /** How much of a frame is drawn anew, 0 to 1; 0.5 unless told. */
  readonly strength?: number;
  /** What comes into sight at the edges; "reflect" unless told. */
  readonly border?: Border;
}

export const strengthOf = ({ strength = 0.5 }: CameraRequest): number => strength;

/**
 * Yields a journey's pictures one by one. The first is drawn as any picture, or is the first end's; each other one is the
 * one before, moved, given the first one's colours, noised by a seed of its own and denoised under its own texts. Returns
 * figures.
 */
export async function* followCamera(
  model: DiffusionModel,
  asked: CameraRequest,
  options: AnimateOptions = {},
): AsyncGenerator<AnimateProgress, Animation> {
  checkJourney(asked);
  const request = completed(model, journeyOf(asked));
  const positions = placesIn(request, request.ends.length - 1);
  const motions = cameraMotions(asked.camera, positions.length);
  const count = { stage: "drawing", total: positions.length } as const;
  yield { stage: "opening", done: 0, total: 1 };
  await model.prepare();
  const chain = new Chain(await originsOf(model, request));
  const journey = new Journey(model, request, asked, options);
  const review = new Review(model, request, options.clip);
  for (const [k, position] of positions.entries()) {
    const run = journey.next(chain.at(position), motions[k]!);
    let next = await run.next();
    for (; !next.done; next = await run.next()) yield { ...count, ...next.value, done: k + next.value.done };
    const picture = next.value;
    await review.see([picture], [position]);
    yield { ...count, done: k + 1, picture };
  }
  const animation = review.result(positions);
  return { ...animation, ends: animation.ends.slice(0, asked.ends.length) };
}

/** What has to be drawn beside pictures that are seen: texts alone, two or more, which no frames share steps of. */
export function journeyOf(asked: CameraRequest): AnimateRequest {
  const texts = asked.ends.map(({ picture, ...end }) => end);
  return { ...asked, anchor: 0, ends: texts.length === 1 ? [...texts, ...texts] : texts };
}

/** Draws frames, each from the one before. */
class Journey {
  readonly #model: DiffusionModel;
  readonly #request: WholeRequest;
  readonly #asked: CameraRequest;
  readonly #options: AnimateOptions;
  readonly #store: LatentStore;
  readonly #previews: LatentColours | undefined;
  #frames = 0;
  /** Of the first frame. */
  #colours: Colours | undefined;
  #before: Picture | undefined;
  /** What the frame before depends on. */
  #content: string;

  constructor(model: DiffusionModel, request: WholeRequest, asked: CameraRequest, options: AnimateOptions) {
    const { scheduler, steps, clipSkip } = request;
    const { strength, border } = asked;
    this.#model = model;
    this.#request = request;
    this.#asked = asked;
    this.#options = options;
    this.#store = options.store ?? latentsInMemory();
    this.#previews = options.preview ? new LatentColours(model) : undefined;
    this.#content = JSON.stringify([scheduler.sampler.name, scheduler.plan, steps, clipSkip, strength, border]);
  }

  /** Yields what part of the frame is done. */
  async *next(origin: Origin, motion: Motion): AsyncGenerator<Part, Picture> {
    const { width, height } = this.#request;
    const given = this.#asked.ends[0]?.picture;
    const first = this.#frames === 0 && given ? fitted(given, width, height) : undefined;
    const seen = first && (await digest(new Uint8Array(first.data)));
    this.#content = await contentOf([this.#content, width, height, origin.content, motion, seen]);
    let picture = first;
    if (!picture) {
      const known = await this.#store.get(this.#content);
      const latents = known ?? (yield* this.#draw(origin, motion));
      if (!known) await this.#store.put(this.#content, latents);
      [picture] = tensorToPictures(await this.#model.decode(latents)) as [Picture];
    }
    this.#colours ??= coloursOf(toLab(picture));
    this.#before = picture;
    this.#frames++;
    return picture;
  }

  async *#draw({ condition }: Origin, motion: Motion): AsyncGenerator<Part, Latents> {
    const { scheduler, steps, width, height, ends } = this.#request;
    const { latentChannels } = this.#model.configs.autoencoder;
    const { factor } = this.#model;
    const shape = [1, latentChannels, height / factor, width / factor];
    const noise = seededNoise(ends[0]!.seed + this.#frames);
    const { border = "reflect" } = this.#asked;
    const strength = strengthOf(this.#asked);
    const from = this.#before && matchColours(warp(this.#before, motion, border), this.#colours!);
    const given = from && { clean: await encodePicture(this.#model, from, noise), strength };
    const denoise = guided(wholeDenoiser(this.#model.ask), scheduler, condition.texts, condition.guidance);
    const { signal } = this.#options;
    const run = trajectory({ scheduler, denoise, steps, shape, noise, signal, ...(given && { given }) });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const { path, stages, denoised } = next.value;
      const preview = await this.#previews?.picture(denoised);
      yield { done: path.length / stages, ...(preview && { preview }) };
    }
    signal?.throwIfAborted();
    return finite(next.value);
  }
}

type Part = Pick<AnimateProgress, "done" | "preview">;

async function originsOf(model: DiffusionModel, { ends, steps, clipSkip }: WholeRequest): Promise<Origin[]> {
  const origins: Origin[] = [];
  for (const { prompt = "", negative, guidance, seed } of ends) {
    const condition = await conditionOf(model, { prompt, negative, steps, skip: clipSkip - 1 }, guidance);
    const content = JSON.stringify([prompt, negative, guidance, seed]);
    origins.push({ condition, noise: seededNoise(seed), content });
  }
  return origins;
}

const contentOf = (what: unknown): Promise<string> => digest(new TextEncoder().encode(JSON.stringify(what)));

function finite(latents: Latents): Latents {
  if (latents.data.every(Number.isFinite)) return latents;
  throw new UserError("the denoiser gave numbers that are none; lower the guidance or use another sampler");
}

function checkJourney(asked: CameraRequest): void {
  const { ends, even, playback, between, anchor } = asked;
  const strength = strengthOf(asked);
  if (!(strength >= 0 && strength <= 1)) throw new UserError(`strength ${strength} is not from 0 to 1`);
  if (ends.slice(1).some(({ picture }) => picture))
    throw new UserError("a camera leaves what it saw behind: only the first end can be a picture");
  const refused = {
    "even frames": even ?? false,
    "going back or round": (playback ?? "once") !== "once",
    "frames in between": (between ?? 1) > 1,
    "an anchor": (anchor ?? 0) > 0,
  };
  for (const [what, isAsked] of Object.entries(refused))
    if (isAsked) throw new UserError(`each frame is drawn from the one before: a camera goes without ${what}`);
}
