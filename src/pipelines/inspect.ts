import { type DrawingDefaults, drawingDefaultsFile, parseDrawingDefaults } from "../diffusion/index.ts";
import { UserError } from "../errors.ts";
import { isClip } from "../weights/clip-file.ts";
import { readContents } from "../weights/contents.ts";
import { splitPath } from "../weights/files.ts";
import type { Files, Json, ModelDirectory } from "../weights/model-directory.ts";
import { openModelDirectory, packedStart } from "../weights/model-directory.ts";
import { isStableDiffusion } from "../weights/single-file.ts";
import type { Contents, StoredDType } from "../weights/stored.ts";
import { isWeightFile } from "../weights/weight-files.ts";
import { Weights } from "../weights/weights.ts";

/** One network of a model, or one group of keys of a weight file. */
export interface Component {
  readonly name: string;
  /** The class in diffusers or transformers; absent in a weight file. */
  readonly kind?: string;
  readonly tensors: number;
  readonly parameters: number;
  /** Bytes by element type. */
  readonly precision: Readonly<Partial<Record<StoredDType, number>>>;
  readonly bytes: number;
}

export interface Inspection {
  readonly path: string;
  /** `Stable Diffusion 1.x`, `latent diffusion`, `CLIP`, `LoRA`, … */
  readonly family: string;
  readonly components: readonly Component[];
  readonly parameters: number;
  /** Sizes of the weight files together. */
  readonly bytes: number;
  /** Of a weight file. */
  readonly format?: Contents["format"];
  /** What the denoiser predicts: `epsilon`, `v_prediction` or `sample`. */
  readonly prediction?: string;
  /** Height and width, in pixels, of the pictures that it was trained on. */
  readonly resolution?: number;
  /** How it draws unless told otherwise, where it says so. */
  readonly drawing?: DrawingDefaults;
  /** What the writer of a weight file noted in it, such as how it was trained. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What has to be assumed of a weight file when it is used. */
  readonly notes?: readonly string[];
}

/** Reads headers and configurations, hardly any weights, of a model directory or a weight file. */
export async function inspect(host: Files, path: string): Promise<Inspection> {
  return isWeightFile(path) && !(await host.exists(`${path}/config.json`))
    ? inspectFile(host, path)
    : inspectDirectory(host, path);
}

const weightless = /^(tokenizer|scheduler|feature_extractor)/;

async function inspectDirectory(host: Files, path: string): Promise<Inspection> {
  const directory = await openModelDirectory(host, path);
  const { index } = directory;
  const named = index
    ? Object.entries(index).filter(([name, part]) => Array.isArray(part) && part[1] !== null && !weightless.test(name))
    : [];
  const parts = index
    ? named.map(([name, part]) => [name, String((part as unknown[])[1])] as const)
    : [["", ""] as const];
  const components: Component[] = [];
  const configs = new Map<string, Json>();
  let bytes = 0;
  for (const [name, kind] of parts) {
    const config = await directory.json(name === "" ? "config.json" : `${name}/config.json`);
    const own = [
      config._class_name,
      (config.architectures as unknown[] | undefined)?.[0],
      config.model_type,
      kind,
    ].find((x) => typeof x === "string");
    configs.set(name, config);
    const weights = await directory.weights(name);
    components.push({ ...count(name || "model", weights), kind: kind || String(own ?? "unknown") });
    bytes += await fileSizes(host, weights);
  }
  const unet =
    configs.get("unet") ?? (configs.get("")?._class_name === "UNet2DConditionModel" ? configs.get("") : undefined);
  return {
    path: directory.path,
    family: unet ? diffusionFamily(unet) : familyOf(components[0]?.kind ?? ""),
    components,
    parameters: sum(components, ({ parameters }) => parameters),
    bytes,
    ...(await schedule(directory)),
    ...resolution(unet, configs.get("vae")),
    ...(await drawing(directory)),
  };
}

async function inspectFile(host: Files, path: string): Promise<Inspection> {
  const [folder, file] = splitPath(path);
  const source = await host.open(path);
  const { format, metadata: all } = await readContents(source);
  const metadata = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(packedStart)));
  const weights = await Weights.open(host, folder, [file]);
  const groups = new Map<string, string[]>();
  for (const key of weights.keys()) {
    const group = groupOf(key);
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  const components = [...groups].map(([name, keys]) => count(name, weights, keys));
  return {
    path,
    family: fileFamily(weights),
    components,
    parameters: sum(components, ({ parameters }) => parameters),
    bytes: source.size,
    format,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(await asModel(host, path, weights)),
  };
}

/** What a file is as a model. */
async function asModel(host: Files, path: string, weights: Weights): Promise<Partial<Inspection>> {
  if (!isStableDiffusion(weights) && !isClip(weights)) return {};
  const directory = await openModelDirectory(host, path);
  const { notes } = directory;
  return { ...(await schedule(directory)), ...(await drawing(directory)), ...(notes.length > 0 && { notes }) };
}

const sum = <T>(items: Iterable<T>, of: (item: T) => number): number =>
  Array.from(items, of).reduce((a, b) => a + b, 0);

function count(name: string, weights: Weights, keys: Iterable<string> = weights.keys()): Component {
  const precision: Partial<Record<StoredDType, number>> = {};
  let [tensors, parameters, bytes] = [0, 0, 0];
  for (const key of keys) {
    const { dtype, shape, length } = weights.find(key)!;
    tensors++;
    bytes += length;
    precision[dtype] = (precision[dtype] ?? 0) + length;
    // Integers are positions and the like, not learned.
    if (/^(F|BF)/.test(dtype)) parameters += shape.reduce((n, axis) => n * axis, 1);
  }
  return { name, tensors, parameters, precision, bytes };
}

async function fileSizes(host: Files, weights: Weights): Promise<number> {
  const files = new Set(Array.from(weights.keys(), (key) => weights.find(key)!.file));
  const sources = await Promise.all(Array.from(files, (file) => host.open(`${weights.folder}/${file}`)));
  return sum(sources, ({ size }) => size);
}

function diffusionFamily({
  cross_attention_dim: context,
  in_channels: channels,
  block_out_channels: widths,
}: Json): string {
  const sized = Array.isArray(widths) && widths.join() === "320,640,1280,1280";
  const family =
    sized && context === 768
      ? "Stable Diffusion 1.x"
      : sized && context === 1024
        ? "Stable Diffusion 2.x"
        : "latent diffusion";
  return channels === 9 ? `${family}, in-painting` : family;
}

function familyOf(kind: string): string {
  if (/clip/i.test(kind)) return "CLIP";
  return /autoencoder/i.test(kind) ? "autoencoder" : kind || "unknown";
}

async function schedule(directory: ModelDirectory): Promise<{ prediction?: string }> {
  const file = "scheduler/scheduler_config.json";
  if (!(await directory.has(file))) return {};
  const { prediction_type: prediction = "epsilon" } = await directory.json(file);
  if (typeof prediction !== "string")
    throw new UserError(`${directory.path}/${file}: prediction_type is ${JSON.stringify(prediction)}, not a word`);
  return { prediction };
}

async function drawing(directory: ModelDirectory): Promise<{ drawing?: DrawingDefaults }> {
  if (!(await directory.has(drawingDefaultsFile))) return {};
  const where = `${directory.path}/${drawingDefaultsFile}`;
  return { drawing: parseDrawingDefaults(await directory.json(drawingDefaultsFile), where) };
}

function resolution(unet: Json | undefined, vae: Json | undefined): { resolution?: number } {
  const { sample_size: latents } = unet ?? {};
  const { block_out_channels: levels } = vae ?? {};
  if (typeof latents !== "number" || !Array.isArray(levels)) return {};
  return { resolution: latents * 2 ** (levels.length - 1) };
}

/** The prefixes by which CompVis' checkpoints tell their networks apart, or the first name of the path. */
const groupOf = (key: string): string =>
  /^(model\.diffusion_model|first_stage_model|cond_stage_model|model_ema|lora_unet|lora_te\d?)(?=[._])/.exec(
    key,
  )?.[0] ?? key.split(".")[0]!;

function fileFamily(weights: Weights): string {
  const keys = [...weights.keys()];
  const has = (pattern: RegExp): boolean => keys.some((key) => pattern.test(key));
  if (has(/(^|[._])lora([._]|_(up|down)\b)/i)) return "LoRA";
  if (has(/^(model\.diffusion_model\.|model_ema\.diffusion_model)/)) {
    const channels = weights.find("model.diffusion_model.input_blocks.0.0.weight")?.shape[1];
    const use = channels === 9 ? ", in-painting" : "";
    if (has(/^cond_stage_model\.model\./)) return `Stable Diffusion 2.x, single file${use}`;
    return has(/^cond_stage_model\./) ? `Stable Diffusion 1.x, single file${use}` : `U-Net of a single file${use}`;
  }
  if (has(/^(string_to_param\.|emb_params$)/)) return "textual inversion";
  if (has(/^logit_scale$/)) return has(/^visual\./) ? "CLIP, OpenAI's names" : "CLIP, transformers' names";
  if (has(/^text_model\./)) return "CLIP text tower";
  if (has(/^down_blocks\.\d+\.attentions\.\d+\.transformer_blocks\./)) return "U-Net, diffusers' names";
  return has(/^decoder\.(up_blocks|up|mid)/) ? "autoencoder" : "unknown";
}
