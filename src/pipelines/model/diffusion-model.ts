import {
  type DrawingDefaults,
  type Latents,
  readScheduler,
  type SchedulerChanges,
  type SchedulerSettings,
} from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import type { Target } from "../../graph/index.ts";
import type { AutoencoderConfig } from "../../models/vae/index.ts";
import type { Host } from "../../runtime/host.ts";
import { ints } from "../../runtime/ndarray.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { autoencoderKeys, clipKeys } from "../../weights/dialects.ts";
import { type ModelChoices, type ModelDirectory, openModelDirectory } from "../../weights/model-directory.ts";
import { modelName } from "../../weights/model-name.ts";
import { type AdapterFiles, type Adapters, noAdapters, readAdapters } from "./adapters.ts";
import { decoder, type Encoded, encoder } from "./autoencoder-graphs.ts";
import { Calibration, type CalibrationOptions } from "./calibration.ts";
import { type Ask, type DenoiserForm, wholeDenoiser } from "./denoiser.ts";
import { fittingTokenizer } from "./fitting-tokenizer.ts";
import { type Configs, denoiser, halvings, inpaintingChannels, textEncoder } from "./graphs.ts";
import { LargePictures } from "./large-pictures.ts";
import { type Graph, type Network, Networks } from "./networks.ts";
import { readConfigs } from "./read-configs.ts";

export type { CalibrationOptions } from "./calibration.ts";

export interface DeviceOptions {
  /** Default "cpu". */
  readonly device?: Target;
  /** Threads of the CPU; ONNX Runtime's choice without. */
  readonly threads?: number;
  /** Threads sleep while they wait, for work beside other work: see `SessionOptions`. */
  readonly patient?: boolean;
}

/**
 * How the denoiser calculates on the CPU. "fp16": weights of half precision stay in their files and are widened whenever
 * they are used, with little memory and at half the speed. "int8": weights and activations of eight bits.
 */
export type Precision = "fp32" | "fp16" | "int8";

export interface DiffusionOptions extends DeviceOptions, ModelChoices, CalibrationOptions {
  /** Default "fp32". */
  readonly precision?: Precision;
  /** Whether pictures repeat without a seam: convolutions see the opposite edge beyond an edge. */
  readonly circular?: boolean;
  /** Whether the autoencoder takes pictures in tiles; without, those that are too large for memory. */
  readonly tiles?: boolean;
}

/** How many texts are remembered. */
const rememberedTexts = 256;

/**
 * A latent diffusion model in a folder of diffusers' layout, or in a single file. Its networks are compiled when they are
 * first needed, and stay until `close`. Latents are in the denoiser's scale, not the autoencoder's.
 */
export class DiffusionModel {
  readonly folder: string;
  readonly configs: Configs;
  readonly adapters: Adapters;
  readonly #directory: ModelDirectory;
  readonly #networks: Networks;
  readonly #calibration: Calibration;
  readonly #texts = new Map<string, Latents>();
  readonly #large: LargePictures;
  readonly #options: DiffusionOptions;
  #tokenizer: Promise<Tokenizer> | undefined;

  private constructor(
    directory: ModelDirectory,
    configs: Configs,
    options: DiffusionOptions,
    networks: Networks,
    calibration: Calibration,
    adapters: Adapters,
  ) {
    this.#directory = directory;
    this.folder = directory.path;
    this.configs = configs;
    this.#options = options;
    this.#networks = networks;
    this.#calibration = calibration;
    this.adapters = adapters;
    this.#large = new LargePictures(networks, configs.autoencoder, options.circular ?? false);
  }

  /** Reads and compares the configurations. Throws a UserError that names what is missing or does not fit. */
  static async open(host: Host, folder: string, options: DiffusionOptions = {}): Promise<DiffusionModel> {
    const directory = await openModelDirectory(host, folder, options);
    const configs = await readConfigs(directory);
    const { device, threads, patient, precision = "fp32" } = options;
    if (precision !== "fp32" && device !== undefined && device !== "cpu")
      throw new UserError(`--precision ${precision} is for --device cpu; on ${device} take fp32`);
    const engine = { ...(device && { device }), ...(threads && { threads }), ...(patient && { patient }) };
    const networks = new Networks(host, directory, engine);
    const calibration = new Calibration(host, directory, configs, options);
    return new DiffusionModel(directory, configs, options, networks, calibration, noAdapters);
  }

  /**
   * The same model with these LoRAs and embeddings in place of those it has. Both share their sessions: they may be used by
   * turns and are closed together. Throws a UserError where a file is not for this model.
   */
  async with(files: AdapterFiles): Promise<DiffusionModel> {
    const adapters = await readAdapters(this.#directory.files, this.configs, files);
    return new DiffusionModel(
      this.#directory,
      this.configs,
      this.#options,
      this.#networks,
      this.#calibration,
      adapters,
    );
  }

  /** The folder's own name, or the repository's if it is one of the hub. */
  get name(): string {
    return modelName(this.folder);
  }

  /** Pixels to a latent, along each side. */
  get factor(): number {
    return 2 ** (this.configs.autoencoder.levels.length - 1);
  }

  /** Height and width of the pictures that it was trained on. */
  get pictureSize(): number {
    return this.configs.unet.sampleSize * this.factor;
  }

  /** How it draws where a request does not say. */
  get defaults(): DrawingDefaults {
    return this.configs.drawing;
  }

  /** Whether it was trained to fill in pictures, which it sees beside the latents. */
  get isInpainting(): boolean {
    return this.configs.unet.in === inpaintingChannels(this.configs.autoencoder.latentChannels);
  }

  /** Whether its pictures repeat without a seam. */
  get isCircular(): boolean {
    return this.#options.circular ?? false;
  }

  /** The model's own sampler and noise schedule, or others in their place. */
  scheduler(name?: string, changes?: SchedulerChanges): SchedulerSettings {
    return readScheduler(this.configs.scheduler, `${this.folder}/scheduler/scheduler_config.json`, name, changes);
  }

  tokenizer(): Promise<Tokenizer> {
    this.#tokenizer ??= fittingTokenizer(this.#directory.files, `${this.folder}/tokenizer`, this.configs.text);
    return this.#tokenizer;
  }

  /** Hidden states (1 positions width) of token ids; `skip` leaves out the text encoder's last layers. */
  async encodeIds(ids: readonly number[], skip = 0): Promise<Latents> {
    const key = `${skip} ${ids.join()}`;
    const known = this.#texts.get(key);
    if (known) return known;
    const { branches, learned } = this.adapters;
    const network: Network = {
      name: learned ? `text ${skip}, learned words` : `text ${skip}`,
      part: "text_encoder",
      lean: true,
      dialect: clipKeys,
      lowRank: branches.text_encoder.modules,
      build: () => textEncoder(this.configs, skip, learned !== undefined),
    };
    const inputs = { ids: ints(ids, [1, ids.length]), ...(learned && { learned }), ...branches.text_encoder.inputs };
    const { hidden } = await this.#networks.run(network, inputs);
    if (this.#texts.size >= rememberedTexts) this.#texts.clear();
    this.#texts.set(key, hidden as Latents);
    return hidden as Latents;
  }

  /**
   * Compiles the denoiser and looks for the decoder's weights, so that faults show before any work is done. The decoder
   * itself is compiled when there are latents.
   */
  async prepare(): Promise<void> {
    await this.#networks.check(this.#autoencoder("decoder", decoder));
    await this.#networks.open(await this.#denoiser("whole", true));
  }

  /** Runs the denoiser in one of its forms; latents are those and what else goes in beside them, (n c h w). */
  readonly ask: Ask = async (form, inputs) => {
    const evenly = inputs.latents!.shape.slice(2).every((side) => side % halvings(this.configs) === 0);
    const network = await this.#denoiser(form, evenly);
    return (await this.#networks.run(network, { ...inputs, ...this.adapters.branches.unet.inputs })) as Record<
      string,
      Latents
    >;
  };

  /** What the denoiser says of latents (n c h w) at a timestep, given the hidden states (n l width) of texts. */
  denoise(latents: Latents, timestep: number, text: Latents): Promise<Latents> {
    return wholeDenoiser(this.ask).denoise(latents, timestep, text);
  }

  /**
   * Pictures (n channels h w) in [−1, 1] of latents. This takes the most memory of all: where little is wanted, the text
   * encoder makes room. Its answers are remembered, and to open it for another text takes half a second.
   */
  async decode(latents: Latents): Promise<Latents> {
    if ((this.#options.precision ?? "fp32") !== "fp32") await this.#networks.releasePart("text_encoder");
    const [h, w] = latents.shape.slice(2) as [number, number];
    if (this.#takesTiles(h * this.factor, w * this.factor)) return this.#large.decode(latents);
    return (await this.#networks.run(this.#autoencoder("decoder", decoder), { latents })).pictures as Latents;
  }

  /** The posterior of the latents of a picture (1 channels h w) in [−1, 1]. */
  async encode(picture: Latents): Promise<Encoded> {
    const [h, w] = picture.shape.slice(2) as [number, number];
    if (this.#takesTiles(h, w)) return this.#large.encode(picture);
    const encoded = await this.#networks.run(this.#autoencoder("encoder", encoder), { pictures: picture });
    return encoded as unknown as Encoded;
  }

  #takesTiles(height: number, width: number): boolean {
    return this.configs.autoencoder.levels.length > 1 && (this.#options.tiles ?? this.#large.areLarge(height, width));
  }

  async #denoiser(form: DenoiserForm, evenly: boolean): Promise<Network> {
    const { precision = "fp32" } = this.#options;
    return {
      name: `denoiser ${form}${evenly ? "" : ", any size"}`,
      part: "unet",
      circular: this.isCircular,
      lowRank: this.adapters.branches.unet.modules,
      lean: precision === "fp16",
      ...(precision === "int8" && { int8: await this.#calibration.found() }),
      build: () => denoiser(this.configs, form, evenly),
    };
  }

  #autoencoder(name: string, graph: (config: AutoencoderConfig) => Graph): Network {
    const build = (): Graph => graph(this.configs.autoencoder);
    return { name, part: "vae", dialect: autoencoderKeys, circular: this.isCircular, build };
  }

  /** Frees the sessions. The model can be used on, and opens them anew. */
  close(): Promise<void> {
    return this.#networks.close();
  }
}
