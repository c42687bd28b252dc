import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { openModelDirectory } from "../../weights/model-directory.ts";
import { ClipModel } from "../clip/clip.ts";
import type { AdapterFiles } from "../model/adapters.ts";
import {
  type CalibrationOptions,
  type DeviceOptions,
  DiffusionModel,
  type Precision,
} from "../model/diffusion-model.ts";
import { evaluateAutoencoder, type ReconstructionFigures } from "./autoencoder.ts";
import { evaluateClip, type RecognitionFigures, readLabels } from "./clip.ts";
import {
  choose,
  type EvaluationData,
  type EvaluationProgress,
  type PictureSet,
  type Scene,
  type Thing,
} from "./data.ts";
import { type DenoisingFigures, evaluateDenoiser } from "./denoiser.ts";
import { type DrawingOptions, type DrawingSettings, drawPrompts } from "./drawing.ts";
import { type Drawn, evaluateDrawn, type GenerationFigures } from "./generation.ts";
import { readKnown } from "./known.ts";
import type { MusicFigures } from "./music.ts";
import { type EvaluationPart, type Measurable, measurable } from "./parts.ts";
import { type AttributeFigures, evaluateScenes, recogniseScenes, type SceneFigures, type Staged } from "./scenes.ts";

export interface EvaluateOptions extends DeviceOptions, CalibrationOptions, DrawingOptions {
  /** Of the denoiser. */
  readonly precision?: Precision;
  /** What pictures are drawn with besides; all else is measured without. */
  readonly adapters?: AdapterFiles;
  /** Only this part; everything that can be measured without. */
  readonly only?: EvaluationPart;
  /** Folder of the CLIP that judges; the model's own without. */
  readonly clip?: string;
  /** Pictures of each set, by a seeded choice; all without. */
  readonly pictures?: number;
  /** Things to draw, by a seeded choice; 400 without. */
  readonly things?: number;
  /** Scenes to draw, where the data has some; 240 without. */
  readonly scenes?: number;
}

/** The figures of a model. */
export interface Evaluation {
  readonly model: string;
  /** What the denoiser was calculated with. */
  readonly precision: Precision;
  readonly autoencoder?: readonly ReconstructionFigures[];
  readonly clip?: readonly RecognitionFigures[];
  /** What CLIP sees of how things are shown. */
  readonly attributes?: readonly AttributeFigures[];
  readonly denoiser?: readonly DenoisingFigures[];
  readonly generation?: GenerationFigures;
  /** What is seen of how things are shown in drawn pictures. */
  readonly scenes?: SceneFigures;
  /** Of a model of music. */
  readonly music?: MusicFigures;
  /** Why parts were not measured. */
  readonly omitted: Readonly<Partial<Record<EvaluationPart, string>>>;
}

/** Of scenes that CLIP has to recognise. */
const mostScenes = 300;
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
    precision: options.precision ?? ("fp32" as const),
    ...(autoencoder && { autoencoder }),
    ...(denoiser && { denoiser }),
    ...judged,
    omitted: found.omitted,
  };
  return { evaluation, drawn: drawing?.drawn ?? [] };
}

/** Things and scenes, and the pictures that were drawn of them. */
interface Drawing {
  readonly drawn: readonly Drawn[];
  readonly staged: readonly Staged[];
  readonly settings: DrawingSettings;
}

/** What is measured with the whole model: denoising of sets, and drawing. */
async function* useModel(
  host: Host,
  folder: string,
  sets: readonly PictureSet[],
  draws: boolean,
  { things, scenes }: EvaluationData,
  options: EvaluateOptions,
): AsyncGenerator<EvaluationProgress, { readonly denoiser?: readonly DenoisingFigures[]; readonly drawing?: Drawing }> {
  const { seed, things: thingCount = 400, scenes: sceneCount = 240 } = options;
  const model = await DiffusionModel.open(host, folder, options);
  try {
    return {
      ...(sets.length > 0 && { denoiser: yield* evaluateDenoiser(model, sets, seed) }),
      ...(draws && {
        drawing: yield* draw(
          options.adapters ? await model.with(options.adapters) : model,
          choose(things, thingCount, seed),
          scenes?.asked(sceneCount) ?? [],
          options,
        ),
      }),
    };
  } finally {
    await model.close();
  }
}

async function* draw(
  model: DiffusionModel,
  things: readonly Thing[],
  scenes: readonly Scene[],
  options: DrawingOptions,
): AsyncGenerator<EvaluationProgress, Drawing> {
  const prompts = [...things.map(({ prompt }) => prompt), ...scenes.map((scene) => scene.prompt())];
  const { pictures, settings } = yield* drawPrompts(model, prompts, options);
  return {
    drawn: things.map((thing, i) => ({ ...thing, image: pictures[i]! })),
    staged: scenes.map((scene, i) => ({ scene, picture: pictures[things.length + i]! })),
    settings,
  };
}

async function* judge(
  host: Host,
  { clip }: Measurable,
  { things, known, scenes }: EvaluationData,
  sets: readonly PictureSet[],
  drawing: Drawing | undefined,
  options: EvaluateOptions,
): AsyncGenerator<EvaluationProgress, Pick<Evaluation, "clip" | "attributes" | "generation" | "scenes">> {
  const opened = await ClipModel.open(host, clip!, options);
  try {
    const labels = yield* readLabels(opened, things);
    const recognised = sets.length > 0 && {
      clip: yield* evaluateClip(opened, labels, sets),
      ...(scenes && {
        attributes: yield* recogniseScenes(opened, scenes, Math.min(options.pictures ?? mostScenes, mostScenes)),
      }),
    };
    if (!drawing) return { ...recognised };
    const { drawn, staged, settings } = drawing;
    const kept = yield* readKnown(opened, drawn, known, drawn[0]!.image.width, settings.seed);
    return {
      ...recognised,
      generation: yield* evaluateDrawn(opened, labels, drawn, settings, kept),
      ...(scenes && staged.length > 0 && { scenes: yield* evaluateScenes(opened, labels, scenes, staged) }),
    };
  } finally {
    await opened.close();
  }
}
