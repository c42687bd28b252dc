import { type Latents, readScheduler } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { observedRanges, type Range, type Ranges } from "../../graph/index.ts";
import type { Host } from "../../runtime/host.ts";
import { ints, ndarray, zeros } from "../../runtime/ndarray.ts";
import { clipKeys } from "../../weights/dialects.ts";
import { beginnings, sha256 } from "../../weights/digest.ts";
import { type ModelDirectory, readJson } from "../../weights/model-directory.ts";
import { guided } from "../draw/guided.ts";
import { beside } from "../draw/inpainting.ts";
import { seededNoise } from "../draw/noise.ts";
import { trajectory } from "../draw/trajectory.ts";
import { type Denoiser, wholeDenoiser } from "./denoiser.ts";
import { fittingTokenizer } from "./fitting-tokenizer.ts";
import { type Configs, denoiser, textEncoder } from "./graphs.ts";
import { type Network, Networks } from "./networks.ts";

export interface CalibrationOptions {
  readonly threads?: number;
  /** Folder for what cannot be written beside the model. */
  readonly cacheFolder?: string;
  /** Told how many of how many evaluations are done. */
  readonly calibrating?: (done: number, total: number) => void;
  /** Told the file that keeps what was found; undefined where none can be written. */
  readonly calibrated?: (file: string | undefined) => void;
}

/** Things, places and styles apart from each other, so that a network says most of what it ever says. */
const prompts = [
  "a photograph of a brown bear in a green forest",
  "an oil painting of a city at night, bright lights",
  "a red apple on a white background, drawing",
];
const steps = 4;

/**
 * The ranges of a denoiser's convolutions, for calculating in eight bits: observed once, while it draws a few pictures in
 * few steps, and kept beside the model.
 */
export class Calibration {
  readonly #host: Host;
  readonly #directory: ModelDirectory;
  readonly #configs: Configs;
  readonly #options: CalibrationOptions;
  #ranges: Promise<Ranges> | undefined;

  constructor(host: Host, directory: ModelDirectory, configs: Configs, options: CalibrationOptions) {
    this.#host = host;
    this.#directory = directory;
    this.#configs = configs;
    this.#options = options;
  }

  /** A failure is not kept. */
  ranges(): Promise<Ranges> {
    this.#ranges ??= this.#known();
    this.#ranges.catch(() => {
      this.#ranges = undefined;
    });
    return this.#ranges;
  }

  async #known(): Promise<Ranges> {
    const weights = await this.#digest();
    const files = await this.#files(weights);
    for (const file of files) {
      const kept = await readRanges(this.#host, file);
      if (kept?.weights === weights) return kept.ranges;
    }
    const ranges = await this.#observe();
    const file = await this.#keep({ weights, ranges }, files);
    this.#options.calibrated?.(file);
    return ranges;
  }

  /** Tells these weights from others that come to lie in the same place, and these convolutions and this guidance from others. */
  async #digest(): Promise<string> {
    const { outputs } = this.#observing().build();
    const lines = await beginnings(this.#host, await this.#directory.weights("unet"));
    return sha256(
      new TextEncoder().encode([...Object.keys(outputs), this.#configs.drawing.guidance, ...lines].join("\n")),
    );
  }

  /** Beside the model, then in the cache. */
  async #files(weights: string): Promise<string[]> {
    const { path } = this.#directory;
    const isFolder = (await this.#host.list(path)).length > 0;
    const { cacheFolder } = this.#options;
    return [
      isFolder ? `${path}/unet/int8.json` : `${path}.int8.json`,
      ...(cacheFolder === undefined ? [] : [`${cacheFolder}/int8/${weights}.json`]),
    ];
  }

  /** Writes the first file that can be written. */
  async #keep(kept: Kept, files: readonly string[]): Promise<string | undefined> {
    const text = new TextEncoder().encode(`${JSON.stringify(kept)}\n`);
    for (const file of files)
      try {
        await this.#host.write(file, [text]);
        return file;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    return undefined;
  }

  async #observe(): Promise<Ranges> {
    const { threads, calibrating = () => {} } = this.#options;
    const networks = new Networks(this.#host, this.#directory, threads === undefined ? {} : { threads });
    const ranges: Record<string, Range> = {};
    let done = 0;
    const observed = wholeDenoiser(async (_form, inputs) => {
      calibrating(done, prompts.length * steps);
      const { said, ...seen } = await networks.run(this.#observing(), inputs);
      for (const [key, range] of Object.entries(seen)) ranges[key] = joined(range.data as Float32Array, ranges[key]);
      calibrating(++done, prompts.length * steps);
      return { said: said as Latents };
    });
    try {
      for (const [i, prompt] of prompts.entries()) await this.#draw(networks, this.#alone(observed), prompt, i);
    } finally {
      await networks.close();
    }
    return ranges;
  }

  /** The denoiser, which also tells its ranges. */
  #observing(): Network {
    const build = () => {
      const { outputs, parameters } = denoiser(this.#configs, "whole", false);
      const isWeight = ({ name }: { readonly name: string | undefined }): boolean => parameters.has(name ?? "");
      return { outputs: { ...outputs, ...observedRanges(Object.values(outputs), isWeight) }, parameters };
    };
    return { name: "observing", part: "unet", build };
  }

  /** An in-painting model's denoiser too sees latents alone: all is to be drawn, on grey. */
  #alone(observed: Denoiser): Denoiser {
    const { unet, autoencoder } = this.#configs;
    const [height, width] = [unet.sampleSize, unet.sampleSize];
    if (unet.in === autoencoder.latentChannels) return observed;
    const mask = ndarray(new Float32Array(height * width).fill(1), [1, 1, height, width]);
    return beside(observed, mask, zeros([1, autoencoder.latentChannels, height, width]));
  }

  async #draw(networks: Networks, denoiser: Denoiser, prompt: string, seed: number): Promise<void> {
    const { unet, autoencoder, scheduler: config, drawing } = this.#configs;
    const { path } = this.#directory;
    const scheduler = readScheduler(config, `${path}/scheduler/scheduler_config.json`, "ddim");
    const texts = { prompt: await this.#encode(networks, prompt), negative: await this.#encode(networks, "") };
    const shape = [1, autoencoder.latentChannels, unet.sampleSize, unet.sampleSize];
    const denoise = guided(denoiser, scheduler, texts, drawing.guidance);
    for await (const _ of trajectory({ scheduler, denoise, steps, shape, noise: seededNoise(seed) }));
  }

  async #encode(networks: Networks, text: string): Promise<Latents> {
    const { files, path } = this.#directory;
    const tokenizer = await fittingTokenizer(files, `${path}/tokenizer`, this.#configs.text);
    const { ids } = tokenizer.tokenize(text);
    const build = () => textEncoder(this.#configs, 0, false);
    const network: Network = { name: "text", part: "text_encoder", lean: true, dialect: clipKeys, build };
    return (await networks.run(network, { ids: ints(ids, [1, ids.length]) })).hidden as Latents;
  }
}

interface Kept {
  /** A digest of the weights. */
  readonly weights: string;
  readonly ranges: Ranges;
}

/** What a file keeps; undefined where it is not there or keeps something else. */
async function readRanges(host: Host, file: string): Promise<Kept | undefined> {
  if (!(await host.exists(file))) return undefined;
  const { weights, ranges } = (await readJson(host, file).catch(() => ({}))) as Partial<Kept>;
  if (typeof weights !== "string" || typeof ranges !== "object" || ranges === null) return undefined;
  const isRange = (value: unknown): boolean =>
    Array.isArray(value) && value.length === 4 && value.every((number) => Number.isFinite(number));
  return Object.values(ranges).every(isRange) ? { weights, ranges } : undefined;
}

/** The least and the greatest of both. */
function joined([lowIn, highIn, lowOut, highOut]: Iterable<number> & ArrayLike<number>, known?: Range): Range {
  const [a, b, c, d] = known ?? [0, 0, 0, 0];
  return [Math.min(a, lowIn!), Math.max(b, highIn!), Math.min(c, lowOut!), Math.max(d, highOut!)];
}
