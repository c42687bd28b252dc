import { UserError } from "../errors.ts";
import type { Host } from "../runtime/host.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors.ts";
import { Weights } from "./weights.ts";

/** What a model directory needs of a host. */
export type Files = Pick<Host, "open" | "exists" | "list" | "write">;

export type Json = Readonly<Record<string, unknown>>;

/**
 * A folder in the layout of diffusers: `model_index.json` and a folder per part, such as `unet/config.json` and
 * `unet/diffusion_pytorch_model.safetensors`; or one model in the layout of transformers: `config.json` and
 * `model.safetensors`. Files are named relative to it.
 */
export interface ModelDirectory {
  readonly path: string;
  /** `model_index.json`; absent in a directory of one model. */
  readonly index: Json | undefined;
  has(file: string): Promise<boolean>;
  json(file: string): Promise<Json>;
  text(file: string): Promise<string>;
  /** The weights in one of its folders, `""` for those beside `config.json`; with those of another that it builds on. */
  weights(folder: string, shared?: string): Promise<Weights>;
}

/** Throws a UserError when there is no model in the folder. */
export async function openModelDirectory(host: Files, path: string): Promise<ModelDirectory> {
  const folder = path.replace(/(?<=.)\/+$/, "");
  const at = (file: string): string => (file === "" ? folder : `${folder}/${file}`);
  const hasIndex = await host.exists(at("model_index.json"));
  if (!hasIndex && !(await host.exists(at("config.json")))) {
    const what = (await host.exists(folder)) ? "has no model_index.json" : "does not exist";
    throw new UserError(`no model in ${folder}: it ${what}; name a model directory in the layout of diffusers`);
  }
  return {
    path: folder,
    index: hasIndex ? await readJson(host, at("model_index.json")) : undefined,
    has: (file) => host.exists(at(file)),
    json: (file) => readJson(host, at(file)),
    text: (file) => readText(host, at(file)),
    async weights(part, shared) {
      const own = await openWeights(host, at(part));
      if (shared === undefined) return own;
      return Weights.joined(folder, { [part]: own, [shared]: await openWeights(host, at(shared)) });
    },
  };
}

export async function readText(host: Files, path: string): Promise<string> {
  const source = await host.open(path);
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8 text`);
  }
}

/** A JSON object, or a UserError that says what it is instead. Python's bare NaN and Infinity are read as null. */
export async function readJson(host: Files, path: string): Promise<Json> {
  const text = await readText(host, path);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (word) => (word[0] === '"' ? word : "null")));
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message.replaceAll("\n", " ")}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UserError(`${path} is not a JSON object`);
  return value as Json;
}

/** Names of the weights of a model in one folder, the preferred first; each alone, or as an index of several files. */
const weightNames = ["diffusion_pytorch_model", "model"].flatMap((name) =>
  ["", ".fp16"].flatMap((variant) => [
    { file: `${name}${variant}.safetensors`, index: false },
    { file: `${name}.safetensors.index${variant}.json`, index: true },
  ]),
);

/** Opens the safetensors files of a folder by their usual names; a single one may be called anything. */
export async function openWeights(host: Files, folder: string): Promise<Weights> {
  const names = await host.list(folder);
  const usual = weightNames.find(({ file }) => names.includes(file));
  if (usual?.index) return openShards(host, folder, usual.file);
  const any = names.filter((name) => name.endsWith(".safetensors"));
  const file = usual?.file ?? (any.length === 1 ? any[0] : undefined);
  if (file !== undefined) return Weights.open(host, folder, [file]);

  const pickle = names.find((name) => /\.(bin|ckpt|pt)$/.test(name));
  const instead = pickle === undefined ? "" : `; ${pickle} is a Python pickle, save it as safetensors`;
  throw new UserError(
    `there are no weights in ${folder}: expected ${weightNames[0]!.file} or model.safetensors${instead}`,
  );
}

/** `{ "weight_map": { key: file } }`. */
async function openShards(host: Files, folder: string, index: string): Promise<Weights> {
  const path = `${folder}/${index}`;
  const { weight_map: map } = await readJson(host, path);
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new UserError(`${path} has no weight_map`);
  for (const file of Object.values(map))
    if (typeof file !== "string" || !/^[^/\\]+\.safetensors$/.test(file))
      throw new UserError(`${path} names ${JSON.stringify(file)}, which is not a safetensors file beside it`);
  const files = map as Readonly<Record<string, string>>;
  const weights = await Weights.open(host, folder, [...new Set(Object.values(files))].sort());
  for (const [key, file] of Object.entries(files))
    if (weights.find(key)?.file !== file) throw new UserError(`${path} says that ${key} is in ${file}, but it is not`);
  return weights;
}

/** What a model directory is made of, by path in it. */
export interface ModelContents {
  readonly index: Json;
  /** `"unet/config.json"`, `"tokenizer/merges.txt"`. */
  readonly files: Readonly<Record<string, Json | string>>;
  /** By folder: `"unet"`. */
  readonly weights: Readonly<Record<string, ReadonlyMap<string, TensorToWrite>>>;
}

/** The parts that transformers loads, not diffusers. */
const transformersParts = /^(text_encoder|image_encoder|clip|safety_checker)/;

/**
 * Writes a model that diffusers and `openModelDirectory` can load. The index comes last: until it is there, the folder
 * is not a model.
 */
export async function writeModelDirectory(host: Files, path: string, contents: ModelContents): Promise<void> {
  for (const [folder, tensors] of Object.entries(contents.weights)) {
    const name = transformersParts.test(folder) ? "model" : "diffusion_pytorch_model";
    await writeSafetensors(host, `${path}/${folder}/${name}.safetensors`, tensors);
  }
  for (const [file, content] of Object.entries({ ...contents.files, "model_index.json": contents.index })) {
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    await host.write(`${path}/${file}`, [new TextEncoder().encode(text)]);
  }
}
