import { below, clipKeys, type Dialect, isOpenAi } from "./dialects.ts";
import type { Files, Json } from "./files.ts";
import { type Activation, measuredClip, shapesOf } from "./measured.ts";
import { beside, configOf, json, tokenizerBeside, type Unpacked } from "./unpacked.ts";
import type { Weights } from "./weights.ts";

/** Whether these are the tensors of a CLIP, by whatever names. */
export const isClip = (weights: Weights): boolean =>
  [...weights.keys()].some((key) => /^(module\.)?logit_scale$/.test(key));

/** Training programs put `module.` before all keys, and open_clip `text.` before those of a text tower of its own. */
const plainKeys: Dialect = (shapes) => {
  const [inModule] = [...shapes.keys()].filter((key) => key.startsWith("module."));
  const plain = inModule === undefined ? below("")(shapes) : below("module.")(shapes);
  return new Map([...plain].map(([key, from]) => [key.replace(/^text\./, ""), from]));
};

/** A CLIP in a single file, in the names of transformers, OpenAI or open_clip, as a folder of transformers' has it. */
export async function unpackClip(host: Files, path: string, file: Weights, chosen?: Activation): Promise<Unpacked> {
  const weights = file.translate(plainKeys);
  const openClip = (await beside(host, path, "open_clip_config.json")) ?? {};
  const { activation, note } = activationOf(path, weights, openClip, chosen);
  const hasConfig = (await beside(host, path, "config.json")) !== undefined;
  const measure = () => measuredClip(shapesOf(weights.translate(clipKeys)), path, activation);
  const preprocessing = preprocessor(openClip, measure);
  return {
    files: new Map([
      ["config.json", configOf(host, path, "config.json", measure)],
      ...(preprocessing ? ([["preprocessor_config.json", preprocessing]] as const) : []),
      ...(await tokenizerBeside(host, path, "")),
    ]),
    parts: { "": weights },
    notes: note === undefined || hasConfig ? [] : [note],
  };
}

/** Only OpenAI's own files have these; they all have quick GELU. */
const openAiOnly = ["input_resolution", "context_length", "vocab_size"];

function activationOf(path: string, weights: Weights, openClip: Json, chosen: Activation | undefined) {
  if (chosen) return { activation: chosen };
  const { model_cfg: model } = openClip as { model_cfg?: { quick_gelu?: unknown } };
  if (model) return { activation: model.quick_gelu === true ? ("quick_gelu" as const) : ("gelu" as const) };
  if (openAiOnly.every((key) => weights.find(key))) return { activation: "quick_gelu" as const };
  // OpenAI published none with vision towers as wide as open_clip's H, g and G.
  const width = weights.find("visual.conv1.weight")?.shape[0] ?? 0;
  const activation: Activation = isOpenAi(shapesOf(weights)) && width > 1024 ? "gelu" : "quick_gelu";
  const other = activation === "gelu" ? "quick_gelu" : "gelu";
  return {
    activation,
    note: `${path} does not say which activation it was trained with: ${activation} is assumed; --activation ${other} sets the other`,
  };
}

/** The preprocessing of open_clip's config, in transformers' words. */
function preprocessor(openClip: Json, measure: () => { readonly sizes: Json }): (() => string) | undefined {
  const { preprocess_cfg: config } = openClip as { preprocess_cfg?: Json };
  if (!config) return undefined;
  return () => {
    const { image_size: size } = measure().sizes.vision_config as Json;
    return json({
      crop_size: { height: size, width: size },
      image_mean: config.mean,
      image_std: config.std,
      resample: 3,
      size: { shortest_edge: size },
    });
  };
}
