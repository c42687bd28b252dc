import { UserError } from "../errors.ts";
import { isClip, unpackClip } from "./clip-file.ts";
import {
  type Files,
  type Json,
  readJson,
  readText,
  type StandIn,
  splitPath,
  withFiles,
  withoutSlash,
} from "./files.ts";
import type { Activation } from "./measured.ts";
import { isStableDiffusion, unpackStableDiffusion } from "./single-file.ts";
import { tokenizerFiles, type Unpacked } from "./unpacked.ts";
import { openVae } from "./vae-file.ts";
import { isWeightFile, openWeights } from "./weight-files.ts";
import { Weights } from "./weights.ts";

export { type Files, type Json, readJson, readText, wholeOf } from "./files.ts";
export { openWeights } from "./weight-files.ts";
export { type ModelContents, writeModelDirectory } from "./write-model.ts";

/**
 * A folder in the layout of diffusers: `model_index.json` and a folder per part, such as `unet/config.json` and
 * `unet/diffusion_pytorch_model.safetensors`; or one model in the layout of transformers: `config.json` and
 * `model.safetensors`. Or a single file, which answers as such a folder would. Files are named relative to it.
 */
export interface ModelDirectory {
  readonly path: string;
  /** `model_index.json`; absent in a directory of one model. */
  readonly index: Json | undefined;
  /** Its files by `path` and name, also those that a single file stands for. */
  readonly files: Files;
  /** What had to be assumed of a single file, and how to say otherwise. */
  readonly notes: readonly string[];
  has(file: string): Promise<boolean>;
  json(file: string): Promise<Json>;
  text(file: string): Promise<string>;
  /** The weights in one of its folders, `""` for those beside `config.json`; with those of another that it builds on. */
  weights(folder: string, shared?: string): Promise<Weights>;
}

/** What to take from elsewhere, or of several. */
export interface ModelChoices {
  /** A folder with `vocab.json` and `merges.txt`. */
  readonly tokenizer?: string;
  /** A file, or a folder with a config, whose autoencoder replaces the model's. */
  readonly vae?: string;
  /** Running averages instead of the weights that were trained last, where a single file has both. */
  readonly ema?: boolean;
  /** Of the weight files in a folder, `fp16` or `non_ema`. */
  readonly variant?: string;
  /** Of a CLIP that does not tell. */
  readonly activation?: Activation;
}

/** Throws a UserError when there is no model in the folder or the file. */
export async function openModelDirectory(
  host: Files,
  path: string,
  choices: ModelChoices = {},
): Promise<ModelDirectory> {
  const folder = withoutSlash(path);
  const has = (file: string): Promise<boolean> => host.exists(`${folder}/${file}`);
  if ((await has("model_index.json")) || (await has("config.json"))) return openFolder(host, folder, choices);
  if (isWeightFile(folder)) return openFile(host, folder, folder, choices);
  if (await has("open_clip_config.json")) {
    const names = (await host.list(folder)).filter(isWeightFile);
    if (names.length > 0) return openFile(host, folder, `${folder}/${names.at(-1)}`, choices);
  }
  const what = (await host.exists(folder)) ? "has no model_index.json" : "does not exist";
  throw new UserError(`no model in ${folder}: it ${what}; name a model directory in the layout of diffusers`);
}

async function openFolder(host: Files, folder: string, choices: ModelChoices): Promise<ModelDirectory> {
  const open = (part: string) => openWeights(host, part === "" ? folder : `${folder}/${part}`, choices.variant);
  return directory(host, folder, { files: new Map(), parts: {}, notes: [] }, open, choices);
}

/** `path` is what the directory is called, `file` where its weights are. */
async function openFile(host: Files, path: string, file: string, choices: ModelChoices): Promise<ModelDirectory> {
  const weights = await Weights.open(host, ...asOne(splitPath(file)));
  const unpacked = isStableDiffusion(weights)
    ? await unpackStableDiffusion(host, file, weights, choices.ema)
    : isClip(weights)
      ? await unpackClip(host, file, weights, choices.activation)
      : undefined;
  if (!unpacked)
    throw new UserError(`${file} is neither Stable Diffusion nor a CLIP by its tensors; latentkit inspect shows them`);
  const files = new Map([...unpacked.files, ...packed(weights.metadata)]);
  const missing = (part: string): never => {
    throw new UserError(`${file} holds no ${part || "network"} by the names of its tensors`);
  };
  return directory(host, path, { ...unpacked, files }, missing, choices);
}

const asOne = ([folder, name]: readonly [string, string]): [string, [string]] => [folder, [name]];

/** Config and tokenizer files that `convert` puts among a safetensors file's metadata, under this and their path. */
export const packedStart = "latentkit/";

const packed = (metadata: Readonly<Record<string, string>>): [string, StandIn][] =>
  Object.entries(metadata)
    .filter(([name]) => name.startsWith(packedStart))
    .map(([name, text]) => [name.slice(packedStart.length), () => text]);

async function directory(
  host: Files,
  path: string,
  unpacked: Unpacked,
  open: (part: string) => Promise<Weights> | never,
  choices: ModelChoices,
): Promise<ModelDirectory> {
  const stand = new Map(unpacked.files);
  const parts: Record<string, Weights> = { ...unpacked.parts };
  const files = withFiles(host, path, stand);
  const at = (file: string): string => `${path}/${file}`;
  const hasIndex = await files.exists(at("model_index.json"));
  if (choices.tokenizer !== undefined) {
    const own = await tokenizerFiles(host, choices.tokenizer, hasIndex ? "tokenizer/" : "");
    if (own.length === 0) throw new UserError(`there is no vocab.json in ${choices.tokenizer}, named by --tokenizer`);
    for (const [name, file] of own) stand.set(name, file);
  }
  if (choices.vae !== undefined) {
    const own = stand.get("vae/config.json");
    if (own && "missing" in own) stand.delete("vae/config.json");
    const like = (await files.exists(at("vae/config.json"))) ? await readJson(files, at("vae/config.json")) : undefined;
    const { config, weights } = await openVae(host, choices.vae, like);
    stand.set("vae/config.json", () => JSON.stringify(config));
    parts.vae = weights;
  }
  const part = async (name: string): Promise<Weights> => parts[name] ?? open(name);
  return {
    path,
    index: hasIndex ? await readJson(files, at("model_index.json")) : undefined,
    files,
    notes: unpacked.notes,
    has: (file) => files.exists(at(file)),
    json: (file) => readJson(files, at(file)),
    text: (file) => readText(files, at(file)),
    async weights(name, shared) {
      const own = await part(name);
      return shared === undefined ? own : Weights.joined(path, { [name]: own, [shared]: await part(shared) });
    },
  };
}
