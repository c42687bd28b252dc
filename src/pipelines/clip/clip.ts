import { UserError } from "../../errors.ts";
import { input } from "../../graph/index.ts";
import { parsePreprocessorConfig } from "../../image/clip-config.ts";
import { type ClipPreprocessing, clipPixels, openaiPreprocessing } from "../../image/clip-preprocess.ts";
import { Clip, type ClipConfig, parseClipConfig, unit } from "../../models/clip/index.ts";
import type { Host } from "../../runtime/host.ts";
import { ints, type NdArray, ndarray } from "../../runtime/ndarray.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { type ClipDirectory, openClipDirectory } from "../../weights/clip-directory.ts";
import { clipKeys } from "../../weights/dialects.ts";
import { sha256 } from "../../weights/digest.ts";
import type { ModelChoices, ModelDirectory } from "../../weights/model-directory.ts";
import type { DeviceOptions } from "../model/diffusion-model.ts";
import { fittingTokenizer } from "../model/fitting-tokenizer.ts";
import { Networks } from "../model/networks.ts";
import { type GivenPicture, pictureOf } from "./given-picture.ts";
import { textBatches } from "./text-batches.ts";

/** Vectors of length 1, (n projection). */
export type Embeddings = NdArray<"f32">;

/** Pictures that go through a tower at once, and texts that had better come together. */
export const atOnce = { pictures: 16, texts: 64 } as const;

/** Pictures that are decoded and resized side by side: a large one takes a gigabyte until it is small. */
const decodedAtOnce = 2;

interface Parts {
  readonly directory: ClipDirectory;
  readonly config: ClipConfig;
  readonly preprocessing: ClipPreprocessing;
  readonly tokenizer: Tokenizer;
  readonly scale: number;
}

/** A CLIP that places pictures and texts in one space. Its towers are compiled when they are first needed. */
export class ClipModel {
  readonly host: Host;
  readonly folder: string;
  readonly config: ClipConfig;
  /** Inverse temperature: what cosines are multiplied by before a softmax. */
  readonly scale: number;
  /** What had to be assumed, and how to say otherwise. */
  readonly notes: readonly string[];
  /** What happens to a picture before the vision tower sees it. */
  readonly preprocessing: ClipPreprocessing;
  readonly #directory: ClipDirectory;
  readonly #tokenizer: Tokenizer;
  readonly #networks: Networks;
  #textDigest: Promise<string> | undefined;

  private constructor(host: Host, parts: Parts, options: DeviceOptions) {
    const { outer, place } = parts.directory;
    this.host = host;
    this.notes = outer.notes;
    this.folder = place.part === "" ? outer.path : `${outer.path}/${place.part}`;
    this.config = parts.config;
    this.scale = parts.scale;
    this.#directory = parts.directory;
    this.#tokenizer = parts.tokenizer;
    this.preprocessing = parts.preprocessing;
    this.#networks = new Networks(host, outer, options);
  }

  /**
   * Opens a CLIP in transformers' layout or in a single file, or the one in the folder `clip` of a diffusion model. Its tokenizer is beside
   * its weights, or the diffusion model's own, and so may its text tower be. Throws a UserError that says what is missing.
   */
  static async open(host: Host, folder: string, options: DeviceOptions & ModelChoices = {}): Promise<ClipModel> {
    const directory = await openClipDirectory(host, folder, options);
    const { own, tokenizer: place } = directory;
    const config = parseClipConfig(await own.json("config.json"), `${own.path}/config.json`);
    const [preprocessing, tokenizer, weights] = await Promise.all([
      preprocessingOf(own, config),
      fittingTokenizer(place.files, place.folder, config.text),
      own.weights(""),
    ]);
    const [logScale] = await weights.read("logit_scale");
    const { device, threads, patient } = options;
    const engine = { ...(device && { device }), ...(threads && { threads }), ...(patient && { patient }) };
    return new ClipModel(host, { directory, config, preprocessing, tokenizer, scale: Math.exp(logScale!) }, engine);
  }

  /** Throws a UserError that names the first picture which cannot be read. */
  async embedImages(pictures: readonly GivenPicture[]): Promise<Embeddings> {
    const { projection } = this.config;
    const data = new Float32Array(pictures.length * projection);
    for (let start = 0; start < pictures.length; start += atOnce.pictures) {
      const name = (i: number): string => `picture ${start + i + 1}`;
      const some = pictures.slice(start, start + atOnce.pictures);
      const seen = await inTurns(some, decodedAtOnce, (given, i) => this.pixelsOf(given, name(i)));
      data.set((await this.embedPixels(seen)).data, start * projection);
    }
    return ndarray(data, [pictures.length, projection]);
  }

  /** What the vision tower sees of a picture, (1 3 h w). `name` is what messages call one that has no path. */
  async pixelsOf(given: GivenPicture, name = "the picture"): Promise<NdArray<"f32">> {
    const picture = await pictureOf(this.host, given, name);
    try {
      return clipPixels([picture], this.preprocessing);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${typeof given === "string" ? given : name}: ${error.message}`);
    }
  }

  /** Embeds what `pixelsOf` gave, all at once. */
  async embedPixels(pixels: readonly NdArray<"f32">[]): Promise<Embeddings> {
    const shape = pixels[0]?.shape.slice(1) ?? [];
    const batch = new Float32Array(pixels.reduce((sum, { data }) => sum + data.length, 0));
    let at = 0;
    for (const { data } of pixels) {
      batch.set(data, at);
      at += data.length;
    }
    return this.#run("pictures", ndarray(batch, [pixels.length, ...shape]));
  }

  /** Texts that are too long are cut. */
  async embedTexts(texts: readonly string[]): Promise<Embeddings> {
    const { projection } = this.config;
    const data = new Float32Array(texts.length * projection);
    for (const { places, ids, length } of textBatches(
      texts.map((text) => this.#ids(text)),
      this.#tokenizer.pad,
    )) {
      const some = await this.#run("texts", ints(ids, [places.length, length]));
      for (const [i, place] of places.entries())
        data.set(some.data.subarray(i * projection, (i + 1) * projection), place * projection);
    }
    return ndarray(data, [texts.length, projection]);
  }

  /** Token ids of texts, each filled up to the tower's length, one after the other. */
  tokenIds(texts: readonly string[]): number[] {
    return texts.flatMap((text) => this.#ids(text));
  }

  #ids(text: string): readonly number[] {
    return this.#tokenizer.tokenize(text).ids;
  }

  /** Tells text towers apart by their weights and configs, in hexadecimal digits. */
  textDigest(): Promise<string> {
    this.#textDigest ??= this.#digestText();
    return this.#textDigest;
  }

  async #digestText(): Promise<string> {
    const weights = await this.#directory.weights();
    const keys = [...weights.keys()].filter((key) => /^text_(model|projection)\./.test(key)).sort();
    const parts: string[] = [JSON.stringify(this.config.text)];
    for (const key of keys) parts.push(`${key} ${await sha256(await weights.bytes(key))}`);
    return sha256(new TextEncoder().encode(parts.join("\n")));
  }

  async #run(tower: "pictures" | "texts", batch: NdArray): Promise<Embeddings> {
    const { place } = this.#directory;
    const network = { name: tower, ...place, dialect: clipKeys, build: () => towerGraph(this.config, tower) };
    return (await this.#networks.run(network, { batch })).embeddings as Embeddings;
  }

  /** Frees the sessions. The model can be used on, and opens them anew. */
  close(): Promise<void> {
    return this.#networks.close();
  }
}

/** Results of all items in their order, `width` of them worked on at a time. */
export async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!, i);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
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
  const { vision } = config;
  const features =
    tower === "texts"
      ? clip.encodeText(input("batch", "i64", ["n", "l"]))
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
