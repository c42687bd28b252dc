import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { openModelDirectory } from "../../weights/model-directory.ts";
import { ClipModel } from "../clip/clip.ts";
import { type DeviceOptions, DiffusionModel } from "../model/diffusion-model.ts";
import { evaluateAutoencoder, type ReconstructionFigures } from "./autoencoder.ts";
import { evaluateClip, type RecognitionFigures, readLabels } from "./clip.ts";
import { choose, type EvaluationData, type EvaluationProgress, type PictureSet } from "./data.ts";
import { type DenoisingFigures, evaluateDenoiser } from "./denoiser.ts";
import {
  type Drawing,
  type DrawingOptions,
  type Drawn,
  drawThings,
  evaluateDrawn,
  type GenerationFigures,
} from "./generation.ts";
import type { MusicFigures } from "./music.ts";
import { type EvaluationPart, type Measurable, measurable } from "./parts.ts";

export interface EvaluateOptions extends DeviceOptions, DrawingOptions {
  /** Only this part; everything that can be measured without. */
  readonly only?: EvaluationPart;
  /** Folder of the CLIP that judges; the model's own without. */
  readonly clip?: string;
  /** Pictures of each set, by a seeded choice; all without. */
  readonly pictures?: number;
  /** Things to draw, by a seeded choice; 200 without. */
  readonly things?: number;
}

/** The figures of a model. */
export interface Evaluation {
  readonly model: string;
  readonly autoencoder?: readonly ReconstructionFigures[];
  readonly clip?: readonly RecognitionFigures[];
  readonly denoiser?: readonly DenoisingFigures[];
  readonly generation?: GenerationFigures;
  /** Of a model of music. */
  readonly music?: MusicFigures;
  /** Why parts were not measured. */
  readonly omitted: Readonly<Partial<Record<EvaluationPart, string>>>;
}

/**
 * Measures a model directory, or a single autoencoder or CLIP in one. Returns the figures and what was drawn on the way.
 * Throws a UserError when what is asked for cannot be measured.
 */
export async function* evaluate(
  host: Host,
  folder: string,
  data: EvaluationData,
  options: EvaluateOptions,
): AsyncGenerator<EvaluationProgress, { evaluation: Evaluation; drawn: readonly Drawn[] }> {
  const { only, seed, pictures = Number.POSITIVE_INFINITY } = options;
  const directory = await openModelDirectory(host, folder);
  const { path } = directory;
  const found = await measurable(directory, data, options.clip);
  const why = only && found.omitted[only];
  if (why) throw new UserError(`${only} cannot be measured: ${why}`);
  const wanted = (part: EvaluationPart): boolean => (only ?? part) === part && !found.omitted[part];
  const some = (sets: readonly PictureSet[]): PictureSet[] =>
    sets.map((set) =>
      set.pictures.length > pictures ? { ...set, pictures: choose(set.pictures, pictures, seed) } : set,
    );

  const autoencoder = wanted("autoencoder")
    ? yield* evaluateAutoencoder(host, directory, found.autoencoder!, some(data.reconstructed), options)
    : undefined;
  const { denoiser, drawing } =
    wanted("denoiser") || wanted("generation")
      ? yield* useModel(
          host,
          path,
          wanted("denoiser") ? some(data.recognised) : [],
          wanted("generation"),
          data,
          options,
        )
      : {};
  const judged =
    wanted("clip") || drawing
      ? yield* judge(host, found, data, wanted("clip") ? some(data.recognised) : [], drawing, options)
      : {};
  const evaluation = {
    model: path,
    ...(autoencoder && { autoencoder }),
    ...(denoiser && { denoiser }),
    ...judged,
    omitted: found.omitted,
  };
  return { evaluation, drawn: drawing?.drawn ?? [] };
}

/** What is measured with the whole model: denoising of sets, and drawing. */
async function* useModel(
  host: Host,
  folder: string,
  sets: readonly PictureSet[],
  draws: boolean,
  { things }: EvaluationData,
  options: EvaluateOptions,
): AsyncGenerator<EvaluationProgress, { readonly denoiser?: readonly DenoisingFigures[]; readonly drawing?: Drawing }> {
  const { seed, things: count = 200 } = options;
  const model = await DiffusionModel.open(host, folder, options);
  try {
    return {
      ...(sets.length > 0 && { denoiser: yield* evaluateDenoiser(model, sets, seed) }),
      ...(draws && { drawing: yield* drawThings(model, choose(things, count, seed), options) }),
    };
  } finally {
    await model.close();
  }
}

async function* judge(
  host: Host,
  { clip }: Measurable,
  data: EvaluationData,
  sets: readonly PictureSet[],
  drawing: Drawing | undefined,
  options: DeviceOptions,
): AsyncGenerator<EvaluationProgress, Pick<Evaluation, "clip" | "generation">> {
  const opened = await ClipModel.open(host, clip!, options);
  try {
    const labels = yield* readLabels(opened, data.things);
    return {
      ...(sets.length > 0 && { clip: yield* evaluateClip(opened, labels, sets) }),
      ...(drawing && { generation: yield* evaluateDrawn(opened, labels, drawing, data.known) }),
    };
  } finally {
    await opened.close();
  }
}
