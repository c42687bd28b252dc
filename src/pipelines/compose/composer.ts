import { combine, type Denoise, findSchedule, type Latents, type SchedulerSettings } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { taken } from "../draw/given-picture.ts";
import { guided } from "../draw/guided.ts";
import { type Noise, seededNoise } from "../draw/noise.ts";
import { LatentColours } from "../draw/preview.ts";
import { type Given, trajectory } from "../draw/trajectory.ts";
import type { Encoded } from "../model/autoencoder-graphs.ts";
import { cachingDenoiser, wholeDenoiser } from "../model/denoiser.ts";
import { accented, beating, type Pulse } from "./beat.ts";
import type { Origin } from "./ends.ts";
import type { MusicModel } from "./form.ts";
import { type ComposeOptions, type ComposeProgress, type Manner, stepOf } from "./request.ts";
import { inWindows, throughWindows, type Windows, windowsOver } from "./windows.ts";

/** What the denoiser's windows have in common with their neighbours, and the autoencoder's. */
export const denoisedOverlap = 0.5;
const decodedOverlap = 0.25;

/** How much a channel's second take may change, where a model has but one. */
const doubling = 0.25;

/** A stretch of latents, and what is drawn there. */
export interface Track {
  /** Columns of latents. */
  readonly width: number;
  readonly loop: boolean;
  readonly noise: Noise;
  /** What is drawn around a column. */
  at(column: number): Pick<Origin, "condition">;
  readonly given?: Given | undefined;
  /** The beat that it is held to, where there is a tempo to keep. */
  readonly pulse?: Pulse | undefined;
}

/** Goes from noise to spectra, of any length. */
export class Composer {
  readonly scheduler: SchedulerSettings;
  readonly #music: MusicModel;
  readonly #manner: Manner;
  readonly #options: ComposeOptions;
  readonly #colours: LatentColours | undefined;

  constructor(music: MusicModel, manner: Manner, options: ComposeOptions) {
    this.#music = music;
    this.#manner = manner;
    this.#options = options;
    this.scheduler = music.model.scheduler(manner.sampler, findSchedule(manner.schedule ?? ""));
    this.#colours = options.preview ? new LatentColours(music.model) : undefined;
  }

  /** Draws a track: its latents, (1 c h w). */
  async *draw(track: Track): AsyncGenerator<ComposeProgress, Latents> {
    const { steps = this.#music.model.defaults.steps } = this.#manner;
    const { scheduler } = this;
    const { width, noise, given, pulse } = track;
    const free = this.#denoise(track);
    const denoise = pulse ? accented(free, pulse, scheduler.schedule.config.trainSteps) : free;
    const { latentChannels } = this.#music.model.configs.autoencoder;
    const shape = [1, latentChannels, this.#rows, width];
    const { signal } = this.#options;
    const run = trajectory({ scheduler, denoise, steps, shape, noise, signal, ...(given && { given }) });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      const { path, stages, denoised } = next.value;
      const preview = await this.#colours?.picture(denoised);
      yield { stage: "composing", done: path.length, total: stages, ...(preview && { preview }) };
    }
    if (!next.value.data.every(Number.isFinite))
      throw new UserError(
        `${this.#music.model.folder}: the denoiser gave numbers that are none; lower the guidance or use another sampler`,
      );
    return next.value;
  }

  /** Two takes of a track that was drawn: nearly the same, as when an instrument is recorded twice. */
  async *doubled(track: Track, latents: Latents): AsyncGenerator<ComposeProgress, readonly [Latents, Latents]> {
    const keep = track.given?.keep;
    const take = (k: number): Track => ({
      ...track,
      noise: seededNoise(this.#manner.seed + k),
      given: { clean: latents, strength: doubling, ...(keep && { keep }) },
      // It is in the latents already.
      pulse: undefined,
    });
    return [yield* this.draw(take(1)), yield* this.draw(take(2))];
  }

  /** The spectrum that latents show. */
  async picture(latents: Latents, loop: boolean): Promise<Picture> {
    const { model } = this.#music;
    const windows = this.#windows(latents.shape.at(-1)!, decodedOverlap, loop);
    const decode = (part: Latents): Promise<Latents> => {
      this.#options.signal?.throwIfAborted();
      return model.decode(part);
    };
    return tensorToPictures(await throughWindows(latents, windows, 1, decode))[0]!;
  }

  /** Latents of a spectrum, taken from their posterior. */
  async encode(picture: Picture, loop: boolean, noise: Noise): Promise<Latents> {
    return taken(await this.#posterior(picture, loop), noise);
  }

  async #posterior(picture: Picture, loop: boolean): Promise<Encoded> {
    const { model } = this.#music;
    const windows = this.#windows(picture.width / model.factor, decodedOverlap, loop);
    const both = await throughWindows(picturesToTensor([picture]), windows, model.factor, async (part) => {
      const { mean, deviation } = await model.encode(part);
      const [, c, h, w] = mean.shape as [number, number, number, number];
      return ndarray(Float32Array.of(...mean.data, ...deviation.data), [1, 2 * c, h, w]);
    });
    const [, c, h, w] = both.shape as [number, number, number, number];
    const half = (k: number): Latents =>
      ndarray(both.data.slice((k * both.data.length) / 2, ((k + 1) * both.data.length) / 2), [1, c / 2, h, w]);
    return { mean: half(0), deviation: half(1) };
  }

  /**
   * What holds tracks of one size to a beat of so many columns of the picture, which need not be whole, as strongly as is asked
   * for; undefined where nothing does.
   */
  async pulse(width: number, loop: boolean, beat: number | undefined): Promise<Pulse | undefined> {
    const { beat: strength = 1 } = this.#manner;
    if (beat === undefined || strength === 0) return undefined;
    const { model, form } = this.#music;
    const size = { width: width * model.factor, height: form.parameters.melBands };
    const latents = async (picture: Picture): Promise<Latents> => (await this.#posterior(picture, loop)).mean;
    const { struck, still, silent } = beating(size, beat, stepOf(form.parameters));
    return {
      change: combine([strength, await latents(struck)], [-strength, await latents(still)]),
      silence: await latents(silent),
    };
  }

  get #rows(): number {
    const { model, form } = this.#music;
    return form.parameters.melBands / model.factor;
  }

  #windows(width: number, overlap: number, loop: boolean): Windows {
    const { model, form } = this.#music;
    return windowsOver(width, form.columns / model.factor, overlap, loop);
  }

  #denoise({ width, loop, at }: Track): Denoise {
    const { ask, defaults } = this.#music.model;
    const { guidance = defaults.guidance, rescale, cache = 1 } = this.#manner;
    const windows = this.#windows(width, denoisedOverlap, loop);
    const denoisers = windows.starts.map((start) => {
      const { texts, guidance: own = guidance } = at(
        (start + windows.width / 2) % (loop ? width : Number.POSITIVE_INFINITY),
      ).condition;
      const denoiser = cache > 1 ? cachingDenoiser(ask, cache) : wholeDenoiser(ask);
      return guided(denoiser, this.scheduler, texts, own, rescale);
    });
    return inWindows(windows, denoisers);
  }
}
