import { UserError } from "../../errors.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { conditioned } from "./conditioning.ts";
import { cover, encodePicture, keptBy } from "./given-picture.ts";
import { guided } from "./guided.ts";
import { type Noise, seededNoise } from "./noise.ts";
import { LatentColours } from "./preview.ts";
import {
  checkRequest,
  type Drawn,
  type DrawOptions,
  type DrawProgress,
  type DrawRequest,
  type InitialPicture,
} from "./request.ts";
import { settingsOf } from "./settings-of.ts";
import { type Given, trajectory } from "./trajectory.ts";

/** Draws pictures one after the other, so that none depends on another. Returns them all. */
export async function* textToImage(
  model: DiffusionModel,
  request: DrawRequest,
  options: DrawOptions = {},
): AsyncGenerator<DrawProgress, Drawn[]> {
  const { prompts, negative = "", guidance = 7.5, steps = 20, clipSkip = 1, seed, init } = request;
  const { pictureSize, factor } = model;
  const { width = pictureSize, height = pictureSize } = request;
  checkRequest(model, request);
  const scheduler = model.scheduler(request.sampler);
  const shape = [1, model.configs.unet.out, height / factor, width / factor];
  const colours = options.preview ? new LatentColours(model) : undefined;
  const all: Drawn[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const own = seed + index;
    const noise = (options.noise ?? seededNoise)(own);
    yield { stage: "opening", index, step: 0, steps };
    const texts = conditioned(model, { prompt, negative, steps, skip: clipSkip - 1 });
    await Promise.all([texts(), model.prepare()]);
    const given = init && (await startFrom(model, init, noise, width, height));
    const denoise = guided(model, scheduler, texts, guidance);
    const { signal } = options;
    const run = trajectory({ scheduler, denoise, steps, shape, noise, signal, ...(given && { given }) });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const { path, stages, denoised } = next.value;
      const preview = await colours?.picture(denoised);
      yield { stage: "drawing", index, step: path.length, steps: stages, ...(preview && { preview }) };
    }
    signal?.throwIfAborted();
    const latents = next.value;
    if (!latents.data.every(Number.isFinite))
      throw new UserError(
        `${model.folder}: the denoiser gave numbers that are none; lower the guidance (${guidance}) or use another sampler`,
      );
    const [picture] = tensorToPictures(await model.decode(latents));
    const settings = settingsOf(model, request, scheduler, index);
    const drawn = { picture: picture!, settings };
    all.push(drawn);
    yield { stage: "drawn", index, step: steps, steps, drawn };
  }
  return all;
}

async function startFrom(
  model: DiffusionModel,
  { picture, strength = 0.6, mask }: InitialPicture,
  noise: Noise,
  width: number,
  height: number,
): Promise<Given> {
  if (!(strength >= 0 && strength <= 1)) throw new UserError(`strength ${strength} is not from 0 to 1`);
  const clean = await encodePicture(model, cover(picture, width, height), noise);
  const keep = mask && keptBy(cover(mask, width, height), width / model.factor, height / model.factor);
  return { clean, strength, ...(keep && { keep }) };
}
