import { UserError } from "../errors.ts";
import type { ByteSource, Host } from "../runtime/host.ts";
import { readContents } from "./contents.ts";
import type { Dialect, Translation } from "./dialects.ts";
import { readBytes, readFloats } from "./safetensors.ts";
import { type StoredDType, type StoredTensor, storedSize } from "./stored.ts";
import { isRowMajor, reach, rowMajor } from "./strides.ts";

/** Where a weight lies: bytes of a file in the weights' folder. */
export interface Weight {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** In elements, where they do not lie row by row, so that it has to be read and put in order. */
  readonly strides?: readonly number[];
}

/** What a graph is compiled with: a byte range that the engine can use as it is, or numbers in memory. */
export type WeightData =
  | { readonly file: string; readonly offset: number; readonly length: number; readonly dtype: "f32" | "f16" | "bf16" }
  | { readonly dtype: "f32"; readonly data: Float32Array };

const usable: Partial<Record<StoredDType, "f32" | "f16" | "bf16">> = { F32: "f32", F16: "f16", BF16: "bf16" };

/** The weights of one model: names and places, until they are read. */
export class Weights {
  /** Folder of all its files. */
  readonly folder: string;
  /** What the writers of its files noted in them. */
  readonly metadata: Readonly<Record<string, string>>;
  private readonly weights: ReadonlyMap<string, Weight>;
  private readonly sources: ReadonlyMap<string, ByteSource>;

  private constructor(
    folder: string,
    weights: ReadonlyMap<string, Weight>,
    sources: ReadonlyMap<string, ByteSource>,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.weights = weights;
    this.sources = sources;
    this.metadata = metadata;
  }

  /** Merges weight files of one folder; a key in two of them is an error. */
  static async open(host: Pick<Host, "open">, folder: string, files: readonly string[]): Promise<Weights> {
    const weights = new Map<string, Weight>();
    const sources = new Map<string, ByteSource>();
    const metadata: Record<string, string> = {};
    for (const file of files) {
      const source = await host.open(`${folder}/${file}`);
      sources.set(file, source);
      const contents = await readContents(source);
      Object.assign(metadata, contents.metadata);
      for (const [key, { dtype, shape, start, end, strides }] of contents.tensors) {
        const other = weights.get(key);
        if (other) throw new UserError(`${folder}: both ${other.file} and ${file} have the weight ${key}`);
        weights.set(key, { dtype, shape, file, offset: start, length: end - start, ...(strides && { strides }) });
      }
    }
    return new Weights(folder, weights, sources, metadata);
  }

  /** Weights of several folders of one folder, by their names in it, as one model's. A key in two of them is an error. */
  static joined(folder: string, parts: Readonly<Record<string, Weights>>): Weights {
    const weights = new Map<string, Weight>();
    const sources = new Map<string, ByteSource>();
    for (const [part, of] of Object.entries(parts)) {
      for (const [file, source] of of.sources) sources.set(`${part}/${file}`, source);
      for (const [key, weight] of of.weights) {
        const file = `${part}/${weight.file}`;
        const other = weights.get(key);
        if (other) throw new UserError(`${folder}: both ${other.file} and ${file} have the weight ${key}`);
        weights.set(key, { ...weight, file });
      }
    }
    return new Weights(folder, weights, sources, {});
  }

  keys(): Iterable<string> {
    return this.weights.keys();
  }

  find(key: string): Weight | undefined {
    return this.weights.get(key);
  }

  /** The numbers of a weight, row-major in its shape. */
  async read(key: string): Promise<Float32Array> {
    const { source, stored } = this.stored(key);
    return readFloats(source, stored);
  }

  /** The bytes of a weight, of its type, row-major in its shape. */
  async bytes(key: string): Promise<Uint8Array> {
    const { source, stored } = this.stored(key);
    return readBytes(source, stored);
  }

  private stored(key: string): { source: ByteSource; stored: StoredTensor } {
    const weight = this.find(key);
    if (!weight) throw new UserError(`${this.folder} has no weight ${key}`);
    const { file, offset, length, ...rest } = weight;
    return { source: this.sources.get(file)!, stored: { ...rest, name: key, start: offset, end: offset + length } };
  }

  /** The same weights under the names, and in the shapes, that a dialect gives them. */
  translate(dialect: Dialect): Weights {
    const shapes = new Map([...this.weights].map(([key, { shape }]) => [key, shape]));
    const translated = new Map<string, Weight>();
    for (const [key, translation] of dialect(shapes))
      translated.set(key, translate(this.weights.get(translation.from)!, translation));
    return new Weights(this.folder, translated, this.sources, this.metadata);
  }

  /** What to compile a graph with, by key. Reads the weights that the engine cannot take as they lie. */
  async forEngine(): Promise<(key: string) => WeightData | undefined> {
    const found = new Map<string, WeightData>();
    for (const [key, { dtype, file, offset, length, strides }] of this.weights) {
      const direct = strides ? undefined : usable[dtype];
      found.set(key, direct ? { file, offset, length, dtype: direct } : { dtype: "f32", data: await this.read(key) });
    }
    return (key) => found.get(key);
  }

  /** Throws a UserError unless there are exactly the expected keys, in the expected shapes. */
  check(expected: ReadonlyMap<string, readonly (number | string)[]>): void {
    const missing: string[] = [];
    const different: string[] = [];
    for (const [key, shape] of expected) {
      const found = this.find(key)?.shape;
      if (!found) missing.push(key);
      else if (found.join() !== shape.join()) different.push(`${key} is [${found}], not [${shape}]`);
    }
    const unknown = [...this.keys()].filter((key) => !expected.has(key));
    const faults = [some("missing", missing), some("unknown", unknown), some("of another shape", different)];
    const text = faults.filter((fault) => fault !== undefined).join("; ");
    if (text) throw new UserError(`the weights in ${this.folder} do not fit its config: ${text}`);
  }
}

/** `3 missing (a, b, …)`. */
function some(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const first = names.slice(0, 3).join(", ");
  return `${names.length} ${what} (${first}${names.length > 3 ? ", …" : ""})`;
}

/** The view of a weight that a translation asks for. */
function translate(weight: Weight, { rows, transpose, shape }: Translation): Weight {
  const { dtype } = weight;
  let { shape: from, strides = rowMajor(weight.shape), offset } = weight;
  if (rows) {
    offset += storedSize(dtype, rows[0] * strides[0]!);
    from = [rows[1] - rows[0], ...from.slice(1)];
  }
  if (transpose) [from, strides] = [from.toReversed(), strides.toReversed()];
  // Axes of length 1 come and go; the others keep their order.
  const long = strides.filter((_, axis) => from[axis] !== 1);
  const own = shape.map((length) => (length === 1 ? 1 : long.shift()!));
  const place = { dtype, shape, file: weight.file, offset, length: storedSize(dtype, reach(shape, own)) };
  return isRowMajor(shape, own) ? place : { ...place, strides: own };
}
