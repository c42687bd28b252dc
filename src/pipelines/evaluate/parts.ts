import { UserError } from "../../errors.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";
import type { EvaluationData } from "./data.ts";

export const evaluationParts = ["autoencoder", "clip", "denoiser", "generation"] as const;
export type EvaluationPart = (typeof evaluationParts)[number];

/** What of a model can be measured, or why it cannot. */
export interface Measurable {
  /** Folder of the autoencoder in the model directory. */
  readonly autoencoder?: string;
  /** What to open as the CLIP that judges: its folder, or that of the model which it is a part of. */
  readonly clip?: string;
  readonly omitted: Readonly<Partial<Record<EvaluationPart, string>>>;
}

/** Looks at what is there. Throws a UserError when that is nothing to measure. */
export async function measurable(
  directory: ModelDirectory,
  data: EvaluationData,
  clipFolder: string | undefined,
): Promise<Measurable> {
  const { path, index } = directory;
  const { _class_name: kind, model_type: type } = index ? {} : await directory.json("config.json");
  const autoencoder = index?.vae ? "vae" : kind === "AutoencoderKL" ? "" : undefined;
  const own = type === "clip" || (index && (await directory.has("clip/config.json"))) ? path : undefined;
  const clip = clipFolder ?? own;
  if (!index && autoencoder === undefined && own === undefined)
    throw new UserError(
      `${path} holds ${kind ?? type ?? "no known network"}; name a whole model, an AutoencoderKL or a CLIP to evaluate`,
    );
  const unlabelled = data.things.length === 0 ? "the pictures have no labels or captions" : undefined;
  const unjudged = clip === undefined ? `there is no CLIP in ${path}; name one with --clip` : undefined;
  const undrawn = index?.unet ? undefined : `there is no U-Net in ${path}`;
  const { in_channels: seen, out_channels: said } = index?.unet ? await directory.json("unet/config.json") : {};
  const unfilled = seen === said ? undefined : "the U-Net fills in pictures that it sees beside the noise";
  const reasons = {
    autoencoder: autoencoder === undefined ? `there is no autoencoder in ${path}` : undefined,
    clip: unjudged ?? unlabelled,
    denoiser: undrawn ?? unfilled ?? unlabelled,
    generation: undrawn ?? unjudged ?? unlabelled,
  };
  return {
    ...(autoencoder !== undefined && { autoencoder }),
    ...(clip !== undefined && { clip }),
    omitted: Object.fromEntries(Object.entries(reasons).filter(([, why]) => why !== undefined)),
  };
}
