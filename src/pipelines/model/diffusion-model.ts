import { type Latents, readScheduler, type SchedulerChanges, type SchedulerSettings } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { input, type Target, type Tensor } from "../../graph/index.ts";
import { ClipText, type ClipTextConfig, parseClipTextConfig } from "../../models/clip/index.ts";
import { parseUNetConfig, UNet, type UNetConfig } from "../../models/unet/index.ts";
import { Autoencoder, type AutoencoderConfig, parseAutoencoderConfig } from "../../models/vae/index.ts";
import type { Host } from "../../runtime/host.ts";
import { ints, ndarray } from "../../runtime/ndarray.ts";
import type { LearnedWords } from "../../text/chunks.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { autoencoderKeys, clipKeys } from "../../weights/dialects.ts";
import { type Json, type ModelDirectory, openModelDirectory } from "../../weights/model-directory.ts";
import { fittingTokenizer } from "./fitting-tokenizer.ts";
import { type Network, Networks } from "./networks.ts";

export interface DeviceOptions {
  /** Default "cpu". */
  readonly device?: Target;
  /** Threads of the CPU; ONNX Runtime's choice without. */
  readonly threads?: number;
}

/** Configurations of a model's parts. */
interface Configs {
  readonly unet: UNetConfig;
  readonly autoencoder: AutoencoderConfig;
  readonly text: ClipTextConfig;
  readonly scheduler: Json;
}

/** Mean and standard deviation of the posterior of a picture's latents, (1 c h w) each. */
export interface Encoded {
  readonly mean: Latents;
  readonly deviation: Latents;
}

/**
 * Height and width of the latents below which a denoiser had better open quickly: the time that a thorough opening takes
 * grows with its weights, what it saves at each step with the latents' area too. At 16×16 it pays off after 100 steps.
 */
const quickSize = 32;

/** How many texts are remembered. */
const rememberedTexts = 256;

/**
 * A latent diffusion model in a folder of diffusers' layout. Its networks are compiled when they are first needed, and
 * stay until `close`. Latents are in the denoiser's scale, not the autoencoder's.
 */
export class DiffusionModel {
  readonly folder: string;
  readonly configs: Configs;
  readonly #host: Host;
  readonly #networks: Networks;
  readonly #texts = new Map<string, Latents>();
  readonly #denoiser: Network;
  readonly #decoder: Network;
  #tokenizer: Promise<Tokenizer> | undefined;

  private constructor(host: Host, directory: ModelDirectory, configs: Configs, options: DeviceOptions) {
    this.#host = host;
    this.folder = directory.path;
    this.configs = configs;
    this.#networks = new Networks(host, directory, options);
    const quick = configs.unet.sampleSize <= quickSize;
    this.#denoiser = { name: "denoiser", part: "unet", quick, build: () => denoiserGraph(configs) };
    this.#decoder = { name: "decoder", part: "vae", dialect: autoencoderKeys, build: () => decoderGraph(configs) };
  }

  /** Reads and compares the configurations. Throws a UserError that names what is missing or does not fit. */
  static async open(host: Host, folder: string, options: DeviceOptions = {}): Promise<DiffusionModel> {
    const directory = await openModelDirectory(host, folder);
    const { path, index } = directory;
    if (!index) throw new UserError(`${path} holds a single network; name a model directory with a model_index.json`);
    const files = [
      "unet/config.json",
      "vae/config.json",
      "text_encoder/config.json",
      "scheduler/scheduler_config.json",
    ];
    const [unet, autoencoder, text, scheduler] = await Promise.all(files.map((file) => directory.json(file)));
    const configs: Configs = {
      unet: parseUNetConfig(unet, `${path}/${files[0]}`),
      autoencoder: parseAutoencoderConfig(autoencoder, `${path}/${files[1]}`),
      text: parseClipTextConfig(text, `${path}/${files[2]}`),
      scheduler: scheduler!,
    };
    checkFit(configs, path);
    return new DiffusionModel(host, directory, configs, options);
  }

  /** The folder's own name. */
  get name(): string {
    return this.folder.slice(this.folder.lastIndexOf("/") + 1);
  }

  /** Pixels to a latent, along each side. */
  get factor(): number {
    return 2 ** (this.configs.autoencoder.levels.length - 1);
  }

  /** Height and width of the pictures that it was trained on. */
  get pictureSize(): number {
    return this.configs.unet.sampleSize * this.factor;
  }

  /** The model's own sampler and noise schedule, or others in their place. */
  scheduler(name?: string, changes?: SchedulerChanges): SchedulerSettings {
    return readScheduler(this.configs.scheduler, `${this.folder}/scheduler/scheduler_config.json`, name, changes);
  }

  /** Words of the prompts that stand for learned vectors. */
  readonly learnedWords: LearnedWords = new Map();

  tokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= fittingTokenizer(this.#host, `${this.folder}/tokenizer`, this.configs.text);
    return this.#tokenizer;
  }

  /** Hidden states (1 positions width) of token ids; `skip` leaves out the text encoder's last layers. */
  async encodeIds(ids: readonly number[], skip = 0): Promise<Latents> {
    const key = `${skip} ${ids.join()}`;
    const known = this.#texts.get(key);
    if (known) return known;
    const { hidden } = await this.#networks.run(
      { name: `text ${skip}`, part: "text_encoder", dialect: clipKeys, build: () => textGraph(this.configs, skip) },
      { ids: ints(ids, [1, ids.length]) },
    );
    if (this.#texts.size >= rememberedTexts) this.#texts.clear();
    this.#texts.set(key, hidden as Latents);
    return hidden as Latents;
  }

  /** Compiles what every drawing needs besides texts, so that faults show before any work is done. */
  async prepare(): Promise<void> {
    await this.#networks.open(this.#denoiser);
    await this.#networks.open(this.#decoder);
  }

  /** What the denoiser says of latents (n c h w) at a timestep, given the hidden states (n l width) of texts. */
  async denoise(latents: Latents, timestep: number, text: Latents): Promise<Latents> {
    const n = latents.shape[0]!;
    const timesteps = ndarray(new Float32Array(n).fill(timestep), [n]);
    return (await this.#networks.run(this.#denoiser, { latents, timesteps, text })).said as Latents;
  }

  /** Pictures (n channels h w) in [−1, 1] of latents. */
  async decode(latents: Latents): Promise<Latents> {
    return (await this.#networks.run(this.#decoder, { latents })).pictures as Latents;
  }

  /** The posterior of the latents of pictures (n channels h w) in [−1, 1]. */
  async encode(pictures: Latents): Promise<Encoded> {
    const { mean, deviation } = await this.#networks.run(
      { name: "encoder", part: "vae", dialect: autoencoderKeys, build: () => encoderGraph(this.configs) },
      { pictures },
    );
    return { mean: mean as Latents, deviation: deviation as Latents };
  }

  /** Frees the sessions. The model can be used on, and opens them anew. */
  close(): Promise<void> {
    return this.#networks.close();
  }
}

type Graph = { readonly outputs: Readonly<Record<string, Tensor>>; readonly parameters: ReadonlyMap<string, Tensor> };

function textGraph({ text }: Configs, skip: number): Graph {
  const tower = new ClipText(text);
  const { hidden } = tower.forward(input("ids", "i64", ["n", text.positions]), skip);
  return { outputs: { hidden }, parameters: tower.parameters };
}

function denoiserGraph({ unet, text }: Configs): Graph {
  const network = new UNet(unet);
  const latents = input("latents", "f32", ["n", unet.in, "h", "w"]);
  const states = input("text", "f32", ["n", "l", text.width]);
  const said = network.forward(latents, input("timesteps", "f32", ["n"]), states);
  return { outputs: { said }, parameters: network.parameters };
}

function decoderGraph({ autoencoder: config }: Configs): Graph {
  const network = new Autoencoder(config);
  const latents = input("latents", "f32", ["n", config.latentChannels, "h", "w"]);
  return {
    outputs: { pictures: network.decode(latents.mul(1 / config.scalingFactor)) },
    parameters: network.parameters,
  };
}

function encoderGraph({ autoencoder: config }: Configs): Graph {
  const network = new Autoencoder(config);
  const sides = [`${network.factor}*h`, `${network.factor}*w`] as const;
  const { mean, logvar } = network.encode(input("pictures", "f32", ["n", config.channels, ...sides]));
  const scaled = (x: Tensor): Tensor => x.mul(config.scalingFactor);
  return {
    outputs: { mean: scaled(mean), deviation: scaled(logvar.mul(0.5).exp()) },
    parameters: network.parameters,
  };
}

/** The parts must agree on what they hand each other. */
function checkFit({ unet, autoencoder, text }: Configs, path: string): void {
  const { latentChannels, channels } = autoencoder;
  const fail = (what: string): never => {
    throw new UserError(`${path}: ${what}; take all parts from one model`);
  };
  if (channels !== 3) fail(`the autoencoder's pictures have ${channels} channels, not 3`);
  if (unet.in === 2 * latentChannels + 1)
    throw new UserError(`${path} is an in-painting model, which draws nothing without a picture: choose another one`);
  if (unet.in !== latentChannels || unet.out !== latentChannels)
    fail(`the U-Net takes ${unet.in} and gives ${unet.out} channels, but the latents have ${latentChannels}`);
  if (unet.context !== text.width)
    fail(`the U-Net reads texts of width ${unet.context}, but the text encoder's are ${text.width} wide`);
}
