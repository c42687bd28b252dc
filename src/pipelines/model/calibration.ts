import { type Latents, readScheduler } from "../../diffusion/index.ts";
import { observedRanges, type Range, type Ranges } from "../../graph/index.ts";
import type { EightBits } from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import { ints, ndarray, zeros } from "../../runtime/ndarray.ts";
import { clipKeys } from "../../weights/dialects.ts";
import { beginnings, sha256 } from "../../weights/digest.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";
import { guided } from "../draw/guided.ts";
import { beside } from "../draw/inpainting.ts";
import { seededNoise } from "../draw/noise.ts";
import { trajectory } from "../draw/trajectory.ts";
import { type Denoiser, wholeDenoiser } from "./denoiser.ts";
import { fittingTokenizer } from "./fitting-tokenizer.ts";
import { type Configs, denoiser, textEncoder } from "./graphs.ts";
import { firstWritten, readKept, writeKept } from "./kept-int8.ts";
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
 * What a denoiser needs to calculate in eight bits: the ranges of its convolutions, observed once, while it draws a few
 * pictures in few steps, and its weights in eight bits. Both are kept in a file beside the model.
 */
export class Calibration {
  readonly #host: Host;
  readonly #directory: ModelDirectory;
  readonly #configs: Configs;
  readonly #options: CalibrationOptions;
  #found: Promise<EightBits> | undefined;

  constructor(host: Host, directory: ModelDirectory, configs: Configs, options: CalibrationOptions) {
    this.#host = host;
    this.#directory = directory;
    this.#configs = configs;
    this.#options = options;
  }

  /** A failure is not kept. */
  found(): Promise<EightBits> {
    this.#found ??= this.#known();
    this.#found.catch(() => {
      this.#found = undefined;
    });
    return this.#found;
  }

  async #known(): Promise<EightBits> {
    const weights = await this.#digest();
    const files = await this.#files(weights);
    for (const file of files) {
      const kept = await readKept(this.#host, file, weights);
      if (kept) return kept;
    }
    const { threads } = this.#options;
    const networks = new Networks(this.#host, this.#directory, threads === undefined ? {} : { threads });
    const ranges = await this.#observe(networks).finally(() => networks.close());
    const build = () => denoiser(this.#configs, "whole", true);
    const bytes = await networks.inEightBits({ name: "int8", part: "unet", int8: { ranges }, build });
    const file = await firstWritten(files, (path) => writeKept(this.#host, path, weights, ranges, bytes));
    this.#options.calibrated?.(file);
    return (file === undefined ? undefined : await readKept(this.#host, file, weights)) ?? { ranges };
  }

  /** Tells these weights from others that come to lie in the same place, and these convolutions from another choice. */
  async #digest(): Promise<string> {
    const { outputs } = this.#observing().build();
    const lines = await beginnings(this.#host, await this.#directory.weights("unet"));
    return sha256(new TextEncoder().encode([...Object.keys(outputs), ...lines].join("\n")));
  }

  /** Beside the model, then in the cache. */
  async #files(weights: string): Promise<string[]> {
    const { path } = this.#directory;
    const isFolder = (await this.#host.list(path)).length > 0;
    const { cacheFolder } = this.#options;
    return [
      isFolder ? `${path}/unet/unet.int8` : `${path}.int8`,
      ...(cacheFolder === undefined ? [] : [`${cacheFolder}/int8/${weights}.int8`]),
    ];
  }

  async #observe(networks: Networks): Promise<Ranges> {
    const { calibrating = () => {} } = this.#options;
    const ranges: Record<string, Range> = {};
    let done = 0;
    const observed = wholeDenoiser(async (_form, inputs) => {
      calibrating(done, prompts.length * steps);
      const { said, ...seen } = await networks.run(this.#observing(), inputs);
      for (const [key, range] of Object.entries(seen)) ranges[key] = joined(range.data as Float32Array, ranges[key]);
      calibrating(++done, prompts.length * steps);
      return { said: said as Latents };
    });
    for (const [i, prompt] of prompts.entries()) await this.#draw(networks, this.#alone(observed), prompt, i);
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

/** The least and the greatest of both. */
function joined([lowIn, highIn, lowOut, highOut]: Iterable<number> & ArrayLike<number>, known?: Range): Range {
  const [a, b, c, d] = known ?? [0, 0, 0, 0];
  return [Math.min(a, lowIn!), Math.max(b, highIn!), Math.min(c, lowOut!), Math.max(d, highOut!)];
}
