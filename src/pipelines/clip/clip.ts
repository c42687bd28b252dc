import { UserError } from "../../errors.ts";
import { input } from "../../graph/index.ts";
import { parsePreprocessorConfig } from "../../image/clip-config.ts";
import { type ClipPreprocessing, clipPixels, openaiPreprocessing } from "../../image/clip-preprocess.ts";
import { Clip, type ClipConfig, parseClipConfig, unit } from "../../models/clip/index.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import { ints, type NdArray, ndarray } from "../../runtime/ndarray.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { clipKeys } from "../../weights/dialects.ts";
import { type ModelChoices, type ModelDirectory, openModelDirectory } from "../../weights/model-directory.ts";
import type { DeviceOptions } from "../model/diffusion-model.ts";
import { fittingTokenizer } from "../model/fitting-tokenizer.ts";
import { Networks } from "../model/networks.ts";

/** Vectors of length 1, (n projection). */
export type Embeddings = NdArray<"f32">;

/** Pictures, and texts, that go through a tower at once. */
const atOnce = { pictures: 16, texts: 64 };

interface Parts {
  readonly directory: ModelDirectory;
  /** Where in it the weights are: one folder, or two when a diffusion model has the text tower already. */
  readonly place: { readonly part: string; readonly shared?: string };
  readonly config: ClipConfig;
  readonly preprocessing: ClipPreprocessing;
  readonly tokenizer: Tokenizer;
  readonly scale: number;
}

/** A CLIP that places pictures and texts in one space. Its towers are compiled when they are first needed. */
export class ClipModel {
  readonly folder: string;
  readonly config: ClipConfig;
  /** Inverse temperature: what cosines are multiplied by before a softmax. */
  readonly scale: number;
  /** What had to be assumed, and how to say otherwise. */
  readonly notes: readonly string[];
  readonly #tokenizer: Tokenizer;
  readonly #preprocessing: ClipPreprocessing;
  readonly #networks: Networks;
  readonly #place: Parts["place"];

  private constructor(host: Host, parts: Parts, options: DeviceOptions) {
    const { path, notes } = parts.directory;
    this.notes = notes;
    this.folder = parts.place.part === "" ? path : `${path}/${parts.place.part}`;
    this.#place = parts.place;
    this.config = parts.config;
    this.scale = parts.scale;
    this.#tokenizer = parts.tokenizer;
    this.#preprocessing = parts.preprocessing;
    this.#networks = new Networks(host, parts.directory, options);
  }

  /**
   * Opens a CLIP in transformers' layout or in a single file, or the one in the folder `clip` of a diffusion model. Its tokenizer is beside
   * its weights, or the diffusion model's own, and so may its text tower be. Throws a UserError that says what is missing.
   */
  static async open(host: Host, folder: string, options: DeviceOptions & ModelChoices = {}): Promise<ClipModel> {
    const outer = await openModelDirectory(host, folder, options);
    const directory = outer.index ? await openModelDirectory(host, `${outer.path}/clip`) : outer;
    const config = parseClipConfig(await directory.json("config.json"), `${directory.path}/config.json`);
    const [preprocessing, tokenizer, weights] = await Promise.all([
      preprocessingOf(directory, config),
      fittingTokenizer(outer.files, await tokenizerFolder(directory, outer), config.text),
      directory.weights(""),
    ]);
    const [logScale] = await weights.read("logit_scale");
    const hasText = [...weights.keys()].some((key) => /^(text_model|transformer)\./.test(key));
    const part = outer === directory ? "" : "clip";
    const place = hasText || part === "" ? { part } : { part, shared: "text_encoder" };
    const scale = Math.exp(logScale!);
    const { device, threads } = options;
    const engine = { ...(device && { device }), ...(threads && { threads }) };
    return new ClipModel(host, { directory: outer, place, config, preprocessing, tokenizer, scale }, engine);
  }

  async embedImages(pictures: readonly Picture[]): Promise<Embeddings> {
    return this.#embed(pictures, atOnce.pictures, (some) =>
      this.#run("pictures", clipPixels(some, this.#preprocessing)),
    );
  }

  /** Texts that are too long are cut. */
  async embedTexts(texts: readonly string[]): Promise<Embeddings> {
    const { length } = this.#tokenizer;
    return this.#embed(texts, atOnce.texts, (some) => {
      const ids = some.flatMap((text) => this.#tokenizer.tokenize(text).ids);
      return this.#run("texts", ints(ids, [some.length, length]));
    });
  }

  async #embed<T>(
    all: readonly T[],
    size: number,
    embed: (some: readonly T[]) => Promise<Embeddings>,
  ): Promise<Embeddings> {
    const data = new Float32Array(all.length * this.config.projection);
    for (let start = 0; start < all.length; start += size) {
      const some = await embed(all.slice(start, start + size));
      data.set(some.data, start * this.config.projection);
    }
    return ndarray(data, [all.length, this.config.projection]);
  }

  async #run(tower: "pictures" | "texts", batch: NdArray): Promise<Embeddings> {
    const network = { name: tower, ...this.#place, dialect: clipKeys, build: () => towerGraph(this.config, tower) };
    return (await this.#networks.run(network, { batch })).embeddings as Embeddings;
  }

  /** Frees the sessions. The model can be used on, and opens them anew. */
  close(): Promise<void> {
    return this.#networks.close();
  }
}

async function tokenizerFolder(directory: ModelDirectory, outer: ModelDirectory): Promise<string> {
  const isOwn = outer === directory || (await directory.has("vocab.json"));
  return isOwn ? directory.path : `${outer.path}/tokenizer`;
}

async function preprocessingOf(directory: ModelDirectory, { vision }: ClipConfig): Promise<ClipPreprocessing> {
  const file = "preprocessor_config.json";
  if (!(await directory.has(file))) return openaiPreprocessing(vision.imageSize);
  const preprocessing = parsePreprocessorConfig(await directory.json(file), `${directory.path}/${file}`);
  const { crop } = preprocessing;
  if (crop && (crop.width !== vision.imageSize || crop.height !== vision.imageSize))
    throw new UserError(
      `${directory.path}/${file} cuts pictures to ${crop.width}x${crop.height}, but the vision tower sees ${vision.imageSize}x${vision.imageSize}: make crop_size ${vision.imageSize}`,
    );
  return preprocessing;
}

function towerGraph(config: ClipConfig, tower: "pictures" | "texts") {
  const clip = new Clip(config);
  const { text, vision } = config;
  const features =
    tower === "texts"
      ? clip.encodeText(input("batch", "i64", ["n", text.positions]))
      : clip.encodeImage(input("batch", "f32", ["n", 3, vision.imageSize, vision.imageSize]));
  return { outputs: { embeddings: unit(features) }, parameters: clip.parameters };
}

/** Cosines of each of one side with each of the other. */
export function similarities(a: Embeddings, b: Embeddings): number[][] {
  const [width] = a.shape.slice(-1) as [number];
  const rows = ({ data, shape }: Embeddings): Float32Array[] =>
    Array.from({ length: shape[0]! }, (_, i) => data.subarray(i * width, (i + 1) * width));
  const others = rows(b);
  return rows(a).map((x) => others.map((y) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)));
}

/** Shares that sum to 1, of cosines times the inverse temperature. */
export function softmax(cosines: readonly number[], scale: number): number[] {
  const most = Math.max(...cosines);
  const weights = cosines.map((cosine) => Math.exp(scale * (cosine - most)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * An embedding for each label: of the label in a template (`a picture of a {}`), or the mean over several templates
 * (Radford et al. 2021, section 3.1.4).
 */
export async function embedLabels(
  model: ClipModel,
  labels: readonly string[],
  templates: readonly string[],
): Promise<Embeddings> {
  const texts = labels.flatMap((label) => templates.map((template) => template.replaceAll("{}", () => label)));
  const { data } = await model.embedTexts(texts);
  const width = model.config.projection;
  const means = new Float32Array(labels.length * width);
  for (const [i, value] of data.entries())
    means[Math.floor(i / (templates.length * width)) * width + (i % width)]! += value;
  for (let start = 0; start < means.length; start += width) {
    const mean = means.subarray(start, start + width);
    const length = Math.hypot(...mean);
    for (const [i, value] of mean.entries()) mean[i] = value / length;
  }
  return ndarray(means, [labels.length, width]);
}

/** A label for a picture. */
export interface Guess {
  readonly label: string;
  readonly cosine: number;
  /** Of all labels, by the model's own temperature. */
  readonly share: number;
}

/** What pictures show, by the labels alone: all labels for each picture, the likeliest first. */
export async function classify(
  model: ClipModel,
  pictures: readonly Picture[],
  labels: readonly string[],
  templates: readonly string[],
): Promise<Guess[][]> {
  const cosines = similarities(await model.embedImages(pictures), await embedLabels(model, labels, templates));
  return cosines.map((row) => {
    const shares = softmax(row, model.scale);
    const guesses = labels.map((label, i) => ({ label, cosine: row[i]!, share: shares[i]! }));
    return guesses.sort((a, b) => b.cosine - a.cosine);
  });
}
