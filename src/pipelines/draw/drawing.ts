import type { Denoise, Latents } from "../../diffusion/index.ts";
import { findSchedule, type SchedulerSettings, stepsBefore } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import type { Encoded } from "../model/autoencoder-graphs.ts";
import { type Ask, cachingDenoiser, type Denoiser, wholeDenoiser } from "../model/denoiser.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { anchored, conditionOf, middleOf, stagesOf } from "./condition.ts";
import { conditioned } from "./conditioning.ts";
import { keptBy, taken } from "./given-picture.ts";
import { guided } from "./guided.ts";
import { enlarged } from "./hires.ts";
import { beside, surroundings } from "./inpainting.ts";
import { type Noise, seededNoise, variedNoise } from "./noise.ts";
import { LatentColours } from "./preview.ts";
import { type Drawn, type DrawOptions, type DrawProgress, type DrawRequest, sizeOf } from "./request.ts";
import { type Retouch, retouch } from "./retouch.ts";
import { seedsOf, settingsOf, strengthOf } from "./settings-of.ts";
import { type Given, trajectory } from "./trajectory.ts";

/** One way from noise, or from given latents, to a picture's latents. */
interface Pass {
  readonly height: number;
  readonly width: number;
  readonly steps: number;
  readonly given?: Given | undefined;
}

/** The pictures of one request, and what they have in common. */
export class Drawing {
  readonly #model: DiffusionModel;
  readonly #request: DrawRequest;
  readonly #options: DrawOptions;
  readonly #scheduler: SchedulerSettings;
  readonly #colours: LatentColours | undefined;
  readonly #retouch: Retouch | undefined;
  #encoded: Promise<Encoded> | undefined;

  /** Throws a UserError for what cannot be drawn. */
  constructor(model: DiffusionModel, request: DrawRequest, options: DrawOptions) {
    const { width, height } = sizeOf(model, request);
    this.#model = model;
    this.#request = request;
    this.#options = options;
    this.#scheduler = model.scheduler(request.sampler, findSchedule(request.schedule ?? ""));
    this.#colours = options.preview ? new LatentColours(model) : undefined;
    this.#retouch = request.init && retouch(request.init, width, height);
  }

  /** Goes from noise to the latents of picture `index`, which it returns. */
  async *denoise(index: number, ask: Ask): AsyncGenerator<DrawProgress, Latents> {
    const { steps = this.#model.defaults.steps, hires } = this.#request;
    yield { stage: "opening", index, step: 0, steps };
    await this.#model.prepare();
    const noise = this.#noise(index);
    const { width, height } = sizeOf(this.#model, this.#request);
    const first: Pass = { width, height, steps, given: await this.#given(noise) };
    if (!hires) return yield* this.#pass(index, ask, noise, first, 0, 0);

    const larger = (side: number): number => Math.round((side / this.#model.factor) * hires.scale);
    const size = [larger(height), larger(width)] as const;
    const pixels = { height: size[0] * this.#model.factor, width: size[1] * this.#model.factor };
    const strength = strengthOf(this.#model, this.#request)!;
    const second = hires.steps ?? steps;
    const [before, after] = [this.#evaluations(steps, 1), this.#evaluations(second, strength)];
    const small = yield* this.#pass(index, ask, noise, first, 0, after);
    const clean = await enlarged(this.#model, small, size, hires.upscaler ?? "latent", noise);
    return yield* this.#pass(index, ask, noise, { ...pixels, steps: second, given: { clean, strength } }, before, 0);
  }

  /** The picture of latents. */
  async finish(index: number, latents: Latents): Promise<Drawn> {
    this.#options.signal?.throwIfAborted();
    if (!latents.data.every(Number.isFinite))
      throw new UserError(
        `${this.#model.folder}: the denoiser gave numbers that are none; lower the guidance (${this.#request.guidance ?? this.#model.defaults.guidance}) or use another sampler`,
      );
    const [drawn] = tensorToPictures(await this.#model.decode(latents));
    const picture = this.#retouch?.finish(drawn!) ?? drawn!;
    return { picture, settings: settingsOf(this.#model, this.#request, this.#scheduler, index) };
  }

  /** `before` and `after` are evaluations of other passes. */
  async *#pass(
    index: number,
    ask: Ask,
    noise: Noise,
    { height, width, steps, given }: Pass,
    before: number,
    after: number,
  ): AsyncGenerator<DrawProgress, Latents> {
    const { prompts, negative = "", guidance = this.#model.defaults.guidance, rescale, clipSkip = 1 } = this.#request;
    const texts = conditioned(this.#model, { prompt: prompts[index]!, negative, steps, skip: clipSkip - 1 });
    await texts();
    const denoiser = await this.#denoiser(ask, noise, height, width);
    const own = guided(denoiser, this.#scheduler, texts, guidance, rescale);
    const denoise = await this.#anchored(own, denoiser, steps);
    const { latentChannels } = this.#model.configs.autoencoder;
    const shape = [1, latentChannels, height / this.#model.factor, width / this.#model.factor];
    const { signal } = this.#options;
    const scheduler = this.#scheduler;
    const run = trajectory({ scheduler, denoise, steps, shape, noise, signal, ...(given && { given }) });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const { path, stages, denoised } = next.value;
      const preview = await this.#colours?.picture(denoised);
      const step = before + path.length;
      yield { stage: "drawing", index, step, steps: before + stages + after, ...(preview && { preview }) };
    }
    return next.value;
  }

  /** The first steps under what several pictures have in common. */
  async #anchored(own: Denoise, denoiser: Denoiser, steps: number): Promise<Denoise> {
    const { anchor, guidance: usual = this.#model.defaults.guidance, rescale, clipSkip = 1 } = this.#request;
    if (!anchor) return own;
    const conditions = anchor.texts.map(({ prompt, negative = "", guidance = usual }) =>
      conditionOf(this.#model, { prompt, negative, steps, skip: clipSkip - 1 }, guidance),
    );
    const { texts, guidance } = middleOf(await Promise.all(conditions));
    const common = guided(denoiser, this.#scheduler, texts, guidance, rescale);
    return anchored(common, stagesOf(this.#scheduler, steps, anchor.share), own);
  }

  async #denoiser(ask: Ask, noise: Noise, height: number, width: number): Promise<Denoiser> {
    const { cache = 1 } = this.#request;
    const denoiser = cache > 1 ? cachingDenoiser(ask, cache) : wholeDenoiser(ask);
    if (!this.#model.isInpainting) return denoiser;
    const { mask, encoded } = await surroundings(this.#model, width, height, this.#retouch);
    return beside(denoiser, mask, taken(encoded, noise));
  }

  #noise(index: number): Noise {
    const { seed, variation } = seedsOf(this.#request, index);
    const of = this.#options.noise ?? seededNoise;
    return variation ? variedNoise(of(seed), of(variation.seed), variation.strength) : of(seed);
  }

  /** What a picture starts from, where one is given. In-painting models see its surroundings, others are held to them. */
  async #given(noise: Noise): Promise<Given | undefined> {
    if (!this.#retouch) return undefined;
    const { picture, mask } = this.#retouch;
    const strength = strengthOf(this.#model, this.#request)!;
    if (this.#model.isInpainting && strength === 1) return undefined;
    this.#encoded ??= this.#model.encode(picturesToTensor([picture]));
    const { factor, isInpainting } = this.#model;
    const keep = mask && !isInpainting && keptBy(mask, picture.width / factor, picture.height / factor);
    return { clean: taken(await this.#encoded, noise), strength, ...(keep && { keep }) };
  }

  #evaluations(steps: number, strength: number): number {
    const { sampler, schedule, plan } = this.#scheduler;
    return sampler.plan(schedule, { ...plan, steps, start: stepsBefore(strength, steps) }).stages.length;
  }
}
