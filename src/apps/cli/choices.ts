import type { ModelChoices } from "../../weights/model-directory.ts";
import { choice, type Options } from "./options.ts";

/** What a model may take from elsewhere. */
export const tokenizerOption = {
  tokenizer: { type: "string", value: "FOLDER", help: "with vocab.json and merges.txt, for a model that has none" },
} as const satisfies Options;

/** Options of commands that draw, and of others that take a diffusion model. */
export const diffusionChoices = {
  ...tokenizerOption,
  vae: { type: "string", value: "FILE", help: "an autoencoder (or its folder) in place of the model's own" },
  ema: { type: "boolean", help: "the running averages of a checkpoint that has both" },
} as const satisfies Options;

/** Options of commands that compare. */
export const clipChoices = {
  ...tokenizerOption,
  activation: { type: "string", value: "NAME", help: "gelu or quick_gelu, for a CLIP that does not tell" },
} as const satisfies Options;

interface Given {
  readonly tokenizer: string | undefined;
  readonly vae?: string | undefined;
  readonly ema?: boolean;
  readonly variant?: string | undefined;
  readonly activation?: string | undefined;
}

export function choicesOf({ tokenizer, vae, ema, variant, activation: named }: Given): ModelChoices {
  const activation = choice("activation", named, ["gelu", "quick_gelu"]);
  return {
    ...(tokenizer !== undefined && { tokenizer }),
    ...(vae !== undefined && { vae }),
    ...(ema && { ema }),
    ...(variant !== undefined && { variant }),
    ...(activation && { activation }),
  };
}
