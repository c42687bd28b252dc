import type { Tensor } from "../graph/tensor.ts";
import type { Host } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { type Json, openModelDirectory } from "../weights/model-directory.ts";
import { type TensorToWrite, toStore, toStoreAsF16, writeSafetensors } from "../weights/safetensors.ts";
import type { Weights } from "../weights/weights.ts";
import { initialWeights } from "./init.ts";

/** A model as a training config names it: its folder, or the config of a new one. */
export type ModelSource = string | Json;

/** Its config, and its weights where there are any yet. */
export async function openSource(host: Host, source: ModelSource): Promise<{ json: Json; weights?: Weights }> {
  if (typeof source !== "string") return { json: source };
  const directory = await openModelDirectory(host, source);
  return { json: await directory.json("config.json"), weights: await directory.weights("") };
}

/** The weights to start from: those given, or fresh ones from the seed. Throws a UserError when they do not fit. */
export async function startingWeights(
  params: ReadonlyMap<string, Tensor>,
  weights: Weights | undefined,
  seed: number,
): Promise<Map<string, NdArray>> {
  return weights ? readWeights(params, weights) : initialWeights(params, seed);
}

/** All weights of a model, as f32 arrays. */
export async function readWeights(
  params: ReadonlyMap<string, Tensor>,
  weights: Weights,
): Promise<Map<string, NdArray<"f32">>> {
  weights.check(new Map([...params].map(([key, { shape }]) => [key, shape])));
  return readParameters(params, weights);
}

/** The weights of a part of a model; there may be others beside them. */
export async function readParameters(
  params: ReadonlyMap<string, Tensor>,
  weights: Weights,
): Promise<Map<string, NdArray<"f32">>> {
  const found = new Map<string, NdArray<"f32">>();
  for (const [key, { shape }] of params) found.set(key, ndarray(await weights.read(key), shape as readonly number[]));
  return found;
}

/** Weights as they are written to a file. */
export function stored(
  weights: ReadonlyMap<string, NdArray>,
  precision: "fp32" | "fp16",
): ReadonlyMap<string, TensorToWrite> {
  const store = precision === "fp16" ? toStoreAsF16 : toStore;
  return new Map([...weights].map(([key, array]) => [key, store(array as NdArray<"f32">)]));
}

/** Writes one model in the layout of diffusers (`diffusion_pytorch_model`) or transformers (`model`). */
export async function writeModel(
  host: Host,
  folder: string,
  model: {
    readonly name: "diffusion_pytorch_model" | "model";
    readonly config: Json;
    readonly weights: ReadonlyMap<string, NdArray>;
    readonly precision: "fp32" | "fp16";
  },
): Promise<void> {
  await writeSafetensors(host, `${folder}/${model.name}.safetensors`, stored(model.weights, model.precision));
  await writeJson(host, `${folder}/config.json`, model.config);
}

export const writeJson = (host: Host, path: string, json: Json): Promise<void> =>
  host.write(path, [new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`)]);
