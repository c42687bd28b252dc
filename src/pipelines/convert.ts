import { spectrogramFile } from "../audio/spectrogram-json.ts";
import { drawingDefaultsFile } from "../diffusion/index.ts";
import { UserError } from "../errors.ts";
import { autoencoderKeys, below, clipKeys, type Dialect } from "../weights/dialects.ts";
import { f32ToBf16, f32ToF16 } from "../weights/half.ts";
import { fewStepsFile } from "../weights/lora.ts";
import { type Shapes, shapesOf } from "../weights/measured.ts";
import {
  type Files,
  type Json,
  type ModelChoices,
  type ModelDirectory,
  openModelDirectory,
  packedStart,
  readText,
} from "../weights/model-directory.ts";
import { sizeOf, type TensorToWrite, writeSafetensors } from "../weights/safetensors.ts";
import type { StoredDType } from "../weights/stored.ts";
import { type Assemblies, compvisAutoencoder, compvisText, compvisUNet, unchanged } from "../weights/to-compvis.ts";
import { Weights } from "../weights/weights.ts";
import { weightFileOf } from "../weights/write-model.ts";

export interface ConvertOptions extends ModelChoices {
  /** Of all that is not whole numbers; without, each weight keeps its own. */
  readonly precision?: Precision;
}

export type Precision = keyof typeof precisions;

export const precisions = { fp32: "F32", fp16: "F16", bf16: "BF16" } as const;

export interface ConvertProgress {
  /** Bytes of the weights that are written, and of all. */
  readonly done: number;
  readonly total: number;
}

/** A folder of a model: its weights under our names, and the small files beside them. */
interface Part {
  /** `""` where the model is of one network. */
  readonly name: string;
  readonly weights: Weights | undefined;
  readonly texts: ReadonlyMap<string, string>;
}

/** A weight file to be written. */
interface Output {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorToWrite>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes a model anew, from a folder or a file: into a folder in the layout of diffusers or transformers, or where `to`
 * ends in `.safetensors` into one file, a diffusion model by CompVis' names with its configs and tokenizer among the
 * metadata, which has no place for a LoRA. Weights go through memory one at a time. A folder is not a model until its last
 * file is there.
 */
export async function* convert(
  host: Files,
  from: string,
  to: string,
  { precision, ...choices }: ConvertOptions = {},
): AsyncGenerator<ConvertProgress, void> {
  const directory = await openModelDirectory(host, from, choices);
  const parts = await readParts(directory);
  const isFile = to.endsWith(".safetensors");
  const outputs = isFile
    ? [oneFile(directory, parts, to, precision)]
    : [...manyFiles(parts, to, precision), ...(await fewSteps(host, directory, to, precision))];
  const sizes = outputs.map(({ tensors }) =>
    [...tensors.values()].reduce((sum, t) => sum + sizeOf(t.dtype, t.shape), 0),
  );
  const total = sizes.reduce((a, b) => a + b, 0);
  let done = 0;
  for (const [i, { path, tensors, metadata }] of outputs.entries()) {
    yield { done, total };
    await writeSafetensors(host, path, tensors, metadata);
    done += sizes[i]!;
  }
  if (!isFile) await writeTexts(host, directory, parts, to);
  yield { done, total };
}

/** What is known and allowed of a model. */
const isCard = (name: string): boolean => /^(README|LICEN[CS]E)(\.\w+)?$/i.test(name);

const isText = (name: string): boolean =>
  isCard(name) || (/\.(json|txt|model)$/.test(name) && !/\.index(\.\w+)?\.json$/.test(name));

/** Texts beside an index: how a model draws, and its card. */
const isBesideIndex = (name: string): boolean => [drawingDefaultsFile, spectrogramFile].includes(name) || isCard(name);

async function readParts({ path, index, files, weights, text }: ModelDirectory): Promise<Part[]> {
  const names = index ? await files.list(path) : [""];
  const parts: Part[] = [];
  for (const file of index ? names.filter(isBesideIndex) : [])
    parts.push({ name: "", weights: undefined, texts: new Map([[file, await text(file)]]) });
  for (const name of names) {
    const folder = name === "" ? path : `${path}/${name}`;
    const texts = new Map<string, string>();
    for (const file of (await files.list(folder)).filter(isText))
      texts.set(file, await readText(files, `${folder}/${file}`));
    if (texts.size === 0) continue;
    const config = texts.get("config.json");
    const own = config === undefined ? undefined : (await weights(name)).translate(dialectOf(name, config));
    parts.push({ name, weights: own, texts });
  }
  return parts;
}

/** How other programs call the weights of a part, told by its name and config. */
function dialectOf(name: string, config: string): Dialect {
  if (/AutoencoderKL/.test(config)) return autoencoderKeys;
  return /^(text_encoder|clip)$/.test(name) || (name === "" && /clip/i.test(config)) ? clipKeys : below("");
}

function manyFiles(parts: readonly Part[], to: string, precision: Precision | undefined): Output[] {
  return parts.flatMap(({ name, weights, texts }) => {
    if (!weights) return [];
    const isDiffusers = texts.get("config.json")!.includes('"_class_name"');
    const file =
      name === "" ? (isDiffusers ? "diffusion_pytorch_model.safetensors" : "model.safetensors") : weightFileOf(name);
    const path = [to, name, file].filter((step) => step !== "").join("/");
    return [output(path, weights, precision)];
  });
}

/** The LoRA with which a model in a folder draws in few steps, if it has one. */
async function fewSteps(
  host: Files,
  { path, index, has }: ModelDirectory,
  to: string,
  precision: Precision | undefined,
): Promise<Output[]> {
  if (!index || !(await has(fewStepsFile))) return [];
  const lora = await Weights.open(host, path, [fewStepsFile]);
  return [{ ...output(`${to}/${fewStepsFile}`, lora, precision), metadata: lora.metadata }];
}

const output = (path: string, weights: Weights, precision: Precision | undefined): Output => ({
  path,
  tensors: tensorsOf(weights, unchanged(shapesOf(weights)), precision),
  metadata: {},
});

function oneFile(
  { path, index }: ModelDirectory,
  all: readonly Part[],
  to: string,
  precision: Precision | undefined,
): Output {
  const layoutOf = (name: string): Layout | undefined => (index ? layouts[name] : unchanged);
  const parts = all.filter(({ name, weights }) => !weights || layoutOf(name));
  const tensors = new Map<string, TensorToWrite>();
  for (const { name, weights, texts } of parts) {
    if (!weights) continue;
    const assemblies = layoutOf(name)!(shapesOf(weights), JSON.parse(texts.get("config.json")!) as Json);
    for (const [key, tensor] of tensorsOf(weights, assemblies, precision)) tensors.set(key, tensor);
  }
  if (tensors.size === 0) throw new UserError(`${path} has no networks that a single file could hold`);
  const packed = parts.flatMap(({ name, texts }) =>
    [...texts].map(([file, text]) => [`${packedStart}${name === "" ? "" : `${name}/`}${file}`, text] as const),
  );
  return { path: to, tensors, metadata: Object.fromEntries(packed) };
}

type Layout = (shapes: Shapes, config: Json) => Assemblies;

/** By part of a diffusion model; others have no place in CompVis' checkpoints. */
const layouts: Readonly<Record<string, Layout>> = {
  unet: compvisUNet,
  vae: compvisAutoencoder,
  text_encoder: compvisText,
};

/** What is written of the weights of a part. */
function tensorsOf(
  weights: Weights,
  assemblies: Assemblies,
  precision: Precision | undefined,
): Map<string, TensorToWrite> {
  const tensors = new Map<string, TensorToWrite>();
  for (const [key, { from, shape }] of assemblies) {
    const { dtype: own } = weights.find(from[0]!)!;
    const dtype = precision && /^(F|BF)/.test(own) ? precisions[precision] : own;
    tensors.set(key, {
      dtype,
      shape,
      bytes: async () => joined(await Promise.all(from.map((k) => bytesOf(weights, k, dtype)))),
    });
  }
  return tensors;
}

const rounded = {
  F32: (values: Float32Array) => values,
  F16: f32ToF16,
  BF16: f32ToBf16,
} as const;

async function bytesOf(weights: Weights, key: string, dtype: StoredDType): Promise<Uint8Array> {
  if (weights.find(key)!.dtype === dtype) return weights.bytes(key);
  const { buffer, byteOffset, byteLength } = rounded[dtype as keyof typeof rounded](await weights.read(key));
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The small files; last the one without which the folder is not a model. */
async function writeTexts(host: Files, { index }: ModelDirectory, parts: readonly Part[], to: string): Promise<void> {
  const last = index ? "model_index.json" : "config.json";
  const texts = parts.flatMap(({ name, texts }) =>
    [...texts].map(([file, text]) => [name === "" ? file : `${name}/${file}`, text] as const),
  );
  const all = new Map([...texts, ...(index ? [[last, `${JSON.stringify(index, null, 2)}\n`] as const] : [])]);
  const end = all.get(last)!;
  all.delete(last);
  for (const [file, text] of [...all, [last, end] as const])
    await host.write(`${to}/${file}`, [new TextEncoder().encode(text)]);
}
