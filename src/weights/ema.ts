import type { Dialect, Translation } from "./dialects.ts";

/** Running averages in CompVis' files: `model_ema.` and the path without its dots. */
const start = "model_ema.diffusion_model";

/** Whether there are averages of a U-Net. */
export const hasEma = (keys: Iterable<string>): boolean => [...keys].some((key) => key.startsWith(start));

/** Puts the dots back: `input_blocks10emb_layers1weight` is `input_blocks.1.0.emb_layers.1.weight`. */
const dotted = (name: string): string =>
  name
    .replace(/^(input_blocks|output_blocks)(\d+)(\d)(?=\D)/, "$1.$2.$3.")
    .replace(/^(middle_block|time_embed|out)(\d)/, "$1.$2.")
    .replace(/(emb_layers|in_layers|out_layers|transformer_blocks)(\d)/, "$1.$2.")
    .replace(/(attn\d)(?=to_)/, "$1.")
    .replace("to_out0", "to_out.0")
    .replace(/ffnet(\d)/, "ff.net.$1.")
    .replace(/\.?(weight|bias)$/, ".$1");

/** The averages of a U-Net under CompVis' own names. */
export const emaKeys: Dialect = (shapes) => {
  const translated = new Map<string, Translation>();
  for (const [from, shape] of shapes)
    if (from.startsWith(start)) translated.set(dotted(from.slice(start.length)), { from, shape });
  return translated;
};
