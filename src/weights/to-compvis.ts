import { autoencoderLayers, autoencoderModules, renamer, unetLayers, unetModules } from "./compvis.ts";
import { countAfter } from "./dialects.ts";
import type { Json } from "./files.ts";
import type { Shapes } from "./measured.ts";

/** A tensor of a file made of ours: one, or several with their rows one below the other. */
export interface Assembly {
  readonly from: readonly string[];
  readonly shape: readonly number[];
}

export type Assemblies = ReadonlyMap<string, Assembly>;

/** Each tensor by itself, under a new name. */
const renamed = (shapes: Shapes, name: (key: string) => string): Map<string, Assembly> =>
  new Map(Array.from(shapes, ([key, shape]) => [name(key), { from: [key], shape }]));

/** Our tensors under their own names. */
export const unchanged = (shapes: Shapes): Assemblies => renamed(shapes, (key) => key);

/** A U-Net as CompVis' checkpoints have it. */
export function compvisUNet(shapes: Shapes, config: Json): Assemblies {
  const attention = (config.down_block_types as readonly string[]).map((type) => type.startsWith("CrossAttn"));
  const plan = { layers: config.layers_per_block as number, attention };
  const rename = renamer(unetModules(plan), unetLayers, "toTheirs");
  return renamed(shapes, (key) => `model.diffusion_model.${rename(key)}`);
}

/** An autoencoder as CompVis' checkpoints have it: its attention is made of 1×1 convolutions. */
export function compvisAutoencoder(shapes: Shapes): Assemblies {
  const levels = countAfter(shapes.keys(), "encoder.down_blocks.");
  const layers = countAfter(shapes.keys(), "encoder.down_blocks.0.resnets.");
  const rename = renamer(autoencoderModules(levels, layers), autoencoderLayers, "toTheirs");
  return new Map(
    Array.from(shapes, ([key, shape]) => {
      const isProjection = key.includes(".attentions.") && shape.length === 2;
      return [`first_stage_model.${rename(key)}`, { from: [key], shape: isProjection ? [...shape, 1, 1] : shape }];
    }),
  );
}

/** The text encoder of SD 1.x, which keeps transformers' names, or of SD 2.x in open_clip's. */
export const compvisText = (shapes: Shapes, config: Json): Assemblies =>
  config.hidden_act === "gelu" ? openClipText(shapes) : renamed(shapes, (key) => `cond_stage_model.transformer.${key}`);

const openClipNames: readonly (readonly [RegExp, string])[] = [
  [/^text_model\.embeddings\.token_embedding\./, "token_embedding."],
  [/^text_model\.embeddings\.position_embedding\.weight$/, "positional_embedding"],
  [/^text_model\.final_layer_norm\./, "ln_final."],
  [/^text_model\.encoder\.layers\./, "transformer.resblocks."],
  [/\.layer_norm([12])\./, ".ln_$1."],
  [/\.mlp\.fc1\./, ".mlp.c_fc."],
  [/\.mlp\.fc2\./, ".mlp.c_proj."],
  [/\.self_attn\.out_proj\./, ".attn.out_proj."],
];

function openClipText(shapes: Shapes): Assemblies {
  const assemblies = new Map<string, Assembly>();
  for (const [key, shape] of shapes) {
    const [, block, part, kind] = /^(.*)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(key) ?? [];
    if (part === "k" || part === "v") continue; // with q
    const name = openClipNames.reduce((k, [pattern, to]) => k.replace(pattern, to), block ?? key);
    const from = block === undefined ? [key] : ["q", "k", "v"].map((p) => `${block}.self_attn.${p}_proj.${kind}`);
    const [rows = 1, ...rest] = shape;
    assemblies.set(`cond_stage_model.model.${block === undefined ? name : `${name}.attn.in_proj_${kind}`}`, {
      from,
      shape: block === undefined ? shape : [3 * rows, ...rest],
    });
  }
  return assemblies;
}
