import { autoencoderLayers, autoencoderModules, renamer, unetLayers, unetModules } from "./compvis.ts";

/** One of our weights in terms of a file's: some rows of it or all, turned if need be, in another shape. */
export interface Translation {
  readonly from: string;
  /** First row and the one after the last. */
  readonly rows?: readonly [number, number];
  readonly transpose?: true;
  readonly shape: readonly number[];
}

/** Names and shapes in a file → our keys. Keys that a dialect does not know keep their name. */
export type Dialect = (shapes: ReadonlyMap<string, readonly number[]>) => ReadonlyMap<string, Translation>;

/** Stands beside the weights in old files, and can be computed. */
const positionIds = /(^|\.)position_ids$/;

const attention = /^(.*\.attentions\.\d+)\.(query|key|value|proj_attn|to_q|to_k|to_v|to_out\.0)\.(weight|bias)$/;
const attentionNames: Readonly<Record<string, string>> = {
  query: "to_q",
  key: "to_k",
  value: "to_v",
  proj_attn: "to_out.0",
};

/** How many distinct numbers follow a beginning in some keys. */
export const countAfter = (keys: Iterable<string>, start: string): number =>
  new Set(
    Array.from(keys).flatMap((key) =>
      key.startsWith(start) ? (/^\d+(?=\.)/.exec(key.slice(start.length)) ?? []) : [],
    ),
  ).size;

/** Beside an autoencoder's weights: those of its training's loss, and averages. */
const besideAutoencoder = /^(loss|model_ema)\./;

/**
 * AutoencoderKL: before diffusers 0.18 its attention was called query, key, value and proj_attn, and in files from
 * CompVis it is made of 1×1 convolutions.
 */
export const autoencoderKeys: Dialect = (shapes) => {
  const translated = new Map<string, Translation>();
  const rename = autoencoderNames(shapes);
  for (const [from, shape] of shapes) {
    if (besideAutoencoder.test(from)) continue;
    const name = rename(from);
    const [, path, layer, kind] = attention.exec(name) ?? [];
    if (path === undefined || layer === undefined) translated.set(name, { from, shape });
    else
      translated.set(`${path}.${attentionNames[layer] ?? layer}.${kind}`, {
        from,
        shape: shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape,
      });
  }
  return translated;
};

function autoencoderNames(shapes: ReadonlyMap<string, unknown>): (key: string) => string {
  if (!shapes.has("encoder.mid.block_1.conv1.weight")) return (key) => key;
  const keys = [...shapes.keys()];
  const [levels, layers] = [countAfter(keys, "encoder.down."), countAfter(keys, "encoder.down.0.block.")];
  return renamer(autoencoderModules(levels, layers), autoencoderLayers, "toOurs");
}

/** The U-Net in CompVis' names. */
export const compvisUNetKeys: Dialect = (shapes) => {
  const keys = [...shapes.keys()];
  const ends = keys.flatMap((key) => /^input_blocks\.(\d+)\.0\.op\.weight$/.exec(key)?.[1] ?? []).map(Number);
  const layers = ends.reduce((a, b) => Math.min(a, b), countAfter(keys, "input_blocks.")) - 1;
  const attention = Array.from({ length: ends.length + 1 }, (_, level) =>
    shapes.has(`input_blocks.${level * (layers + 1) + 1}.1.norm.weight`),
  );
  const rename = renamer(unetModules({ layers, attention }), unetLayers, "toOurs");
  return new Map([...shapes].map(([from, shape]) => [rename(from), { from, shape }]));
};

/** Only what is below one of some beginnings, without it. */
export const below =
  (...starts: readonly string[]): Dialect =>
  (shapes) => {
    const translated = new Map<string, Translation>();
    for (const [from, shape] of shapes) {
      const start = starts.find((s) => from.startsWith(s));
      if (start !== undefined) translated.set(from.slice(start.length), { from, shape });
    }
    return translated;
  };

/** CLIP, whole or one tower, named as in transformers or as in OpenAI's release (which open_clip keeps). */
export const clipKeys: Dialect = (shapes) => {
  const translated = new Map<string, Translation>();
  const release = isOpenAi(shapes);
  for (const [from, shape] of shapes) {
    if (positionIds.test(from)) continue;
    if (!release) translated.set(from, { from, shape });
    else if (!openAiSettings.has(from)) translateOpenAi(from, shape, translated);
  }
  return translated;
};

/** Whether these are a CLIP by OpenAI's names. */
export const isOpenAi = (shapes: ReadonlyMap<string, readonly number[]>): boolean =>
  shapes.has("ln_final.weight") || shapes.has("visual.class_embedding");

/** Numbers and masks that lie among the weights. */
const openAiSettings = new Set(["input_resolution", "context_length", "vocab_size", "attn_mask"]);

const openAiNames: readonly (readonly [RegExp, string])[] = [
  [/^token_embedding\./, "text_model.embeddings.token_embedding."],
  [/^positional_embedding$/, "text_model.embeddings.position_embedding.weight"],
  [/^transformer\.resblocks\./, "text_model.encoder.layers."],
  [/^ln_final\./, "text_model.final_layer_norm."],
  [/^text_projection$/, "text_projection.weight"],
  [/^visual\.conv1\./, "vision_model.embeddings.patch_embedding."],
  [/^visual\.class_embedding$/, "vision_model.embeddings.class_embedding"],
  [/^visual\.positional_embedding$/, "vision_model.embeddings.position_embedding.weight"],
  [/^visual\.ln_pre\./, "vision_model.pre_layrnorm."], // spelt so in transformers
  [/^visual\.transformer\.resblocks\./, "vision_model.encoder.layers."],
  [/^visual\.ln_post\./, "vision_model.post_layernorm."],
  [/^visual\.proj$/, "visual_projection.weight"],
];

const openAiBlockNames: readonly (readonly [RegExp, string])[] = [
  [/\.ln_([12])\./, ".layer_norm$1."],
  [/\.mlp\.c_fc\./, ".mlp.fc1."],
  [/\.mlp\.c_proj\./, ".mlp.fc2."],
  [/\.attn\.out_proj\./, ".self_attn.out_proj."],
];

function translateOpenAi(from: string, shape: readonly number[], into: Map<string, Translation>): void {
  const [pattern, name] = openAiNames.find(([p]) => p.test(from)) ?? [/^/, ""];
  const key = from.replace(pattern, name);
  const [, block, kind] = /^(.*\.layers\.\d+)\.attn\.in_proj_(weight|bias)$/.exec(key) ?? [];
  const [stacked = 0, ...rest] = shape;
  if (block !== undefined && stacked > 0 && stacked % 3 === 0) {
    const size = stacked / 3;
    for (const [i, part] of ["q", "k", "v"].entries()) {
      const rows = [i * size, (i + 1) * size] as const;
      into.set(`${block}.self_attn.${part}_proj.${kind}`, { from, rows, shape: [size, ...rest] });
    }
  } else if (/^(text|visual)_projection\.weight$/.test(key) && shape.length === 2) {
    into.set(key, { from, transpose: true, shape: [...shape].reverse() }); // used as x·P there, as x·Wᵀ here
  } else {
    const inBlock = key.includes(".encoder.layers.");
    into.set(inBlock ? openAiBlockNames.reduce((k, [p, to]) => k.replace(p, to), key) : key, { from, shape });
  }
}
