import { cacheFolder } from "../../host/node/cache-folder.ts";
import type { CalibrationOptions, Precision } from "../../pipelines/model/diffusion-model.ts";
import type { Host } from "../../runtime/host.ts";
import type { ModelChoices } from "../../weights/model-directory.ts";
import type { Context } from "./command.ts";
import { tokenizerFolder } from "./files.ts";
import { choice, type Options } from "./options.ts";

/** What a model may take from elsewhere. */
export const tokenizerOption = {
  tokenizer: {
    type: "string",
    value: "NAME",
    help: "a folder with vocab.json and merges.txt, or owner/name of the hub, for a model that has none",
  },
} as const satisfies Options;

/** Options of commands that draw, and of others that take a diffusion model. */
export const diffusionChoices = {
  ...tokenizerOption,
  vae: { type: "string", value: "FILE", help: "an autoencoder (or its folder) in place of the model's own" },
  ema: { type: "boolean", help: "the running averages of a checkpoint that has both" },
} as const satisfies Options;

/** Options of commands that draw, about how that is calculated. */
export const precisionOption = {
  precision: {
    type: "string",
    value: "NAME",
    help: "fp32; on the CPU also int8, faster and smaller, or fp16, small and slow (default fp32)",
  },
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

export async function choicesOf(
  host: Host,
  { tokenizer, vae, ema, variant, activation: named }: Given,
  context: Pick<Context, "display" | "signal">,
): Promise<ModelChoices> {
  const activation = choice("activation", named, ["gelu", "quick_gelu"]);
  return {
    ...(tokenizer !== undefined && { tokenizer: await tokenizerFolder(host, tokenizer, context) }),
    ...(vae !== undefined && { vae }),
    ...(ema && { ema }),
    ...(variant !== undefined && { variant }),
    ...(activation && { activation }),
  };
}

/** How the denoiser calculates. */
export const precisionOf = ({ precision }: { readonly precision: string | undefined }): Precision =>
  choice("precision", precision, ["fp32", "fp16", "int8"]) ?? "fp32";

/** Shows how far calibration is, and where its result is kept. */
export const shownCalibration = ({ display }: Pick<Context, "display">): CalibrationOptions => ({
  cacheFolder: cacheFolder(),
  calibrating: (done, total) => display.progress({ done, total, label: "calibrating for int8, once" }),
  calibrated: (file) =>
    display.note(
      file === undefined
        ? "the calibration is kept nowhere, as neither the model's folder nor the cache can be written"
        : `the calibration is kept in ${file}`,
    ),
});
