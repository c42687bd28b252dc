import { UserError } from "../errors.ts";
import { constant } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { parsePreprocessorConfig } from "../image/clip-config.ts";
import { openaiPreprocessing } from "../image/clip-preprocess.ts";
import { Clip, type ClipConfig as ClipModelConfig, parseClipConfig } from "../models/clip/index.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { type ClipDirectory, openClipDirectory } from "../weights/clip-directory.ts";
import type { ClipConfig } from "./config.ts";
import { shapeOf } from "./data/config.ts";
import { readWeights } from "./model-files.ts";
import { resizedPositions } from "./positions.ts";

type Triple = readonly [number, number, number];

/** Where a CLIP's training starts. */
export interface ClipSource {
  readonly config: ClipModelConfig;
  /** Absent for a new model. */
  readonly weights?: Map<string, NdArray>;
  /** How the vision tower wants colours in [0, 1] shifted and scaled. */
  readonly colours: { readonly mean: Triple; readonly std: Triple };
  readonly tokenizer: ClipDirectory["tokenizer"];
}

const half: Triple = [0.5, 0.5, 0.5];

/** Opens what a config starts from: a CLIP of any layout, or the config of a new one. Throws a UserError. */
export async function openClipSource(host: Host, config: ClipConfig): Promise<ClipSource> {
  const named = config.tokenizer === undefined ? undefined : { files: host, folder: config.tokenizer };
  if (typeof config.model !== "string") {
    if (!named) throw new UserError('a new model needs a "tokenizer": name a folder with vocab.json and merges.txt');
    if (config.imageSize)
      throw new UserError('"imageSize" is for a trained model: give the new one an "image_size" in its config');
    if (config.freeze) throw new UserError('"freeze" needs a "model" with weights: name the folder of a trained CLIP');
    return fitting(config, {
      config: parseClipConfig(config.model),
      colours: { mean: half, std: half },
      tokenizer: named,
    });
  }
  const directory = await openClipDirectory(host, config.model);
  const { own, tokenizer } = directory;
  const trained = parseClipConfig(await own.json("config.json"), `${own.path}/config.json`);
  const file = "preprocessor_config.json";
  const colours = (await own.has(file))
    ? parsePreprocessorConfig(await own.json(file), `${own.path}/${file}`)
    : openaiPreprocessing(trained.vision.imageSize);
  const { mean, std } = colours;
  const read = await readWeights(new Clip(trained).parameters, await directory.weights());
  const { model, weights } = seeing(config.imageSize ?? trained.vision.imageSize, trained, read);
  return fitting(config, { config: model, weights, colours: { mean, std }, tokenizer: named ?? tokenizer });
}

const positions = "vision_model.embeddings.position_embedding.weight";

/** A trained model for pictures of another size. */
function seeing(
  imageSize: number,
  model: ClipModelConfig,
  weights: Map<string, NdArray<"f32">>,
): { readonly model: ClipModelConfig; readonly weights: Map<string, NdArray> } {
  const { vision } = model;
  if (imageSize === vision.imageSize) return { model, weights };
  const { patchSize } = vision;
  if (imageSize % patchSize !== 0)
    throw new UserError(`"imageSize" is ${imageSize}, but the model's patches are of ${patchSize}: make it a multiple`);
  const resized = resizedPositions(weights.get(positions)!, imageSize / patchSize);
  return {
    model: { ...model, vision: { ...vision, imageSize } },
    weights: new Map([...weights, [positions, resized]]),
  };
}

function fitting(config: ClipConfig, source: ClipSource): ClipSource {
  const { imageSize } = source.config.vision;
  const { evaluate, slice, batch } = config;
  for (const data of [config.data, ...(evaluate ? [evaluate.data] : [])]) {
    const { height, width } = shapeOf(data);
    if (height !== imageSize || width !== imageSize)
      throw new UserError(
        `the model sees pictures of ${imageSize} pixels, but the data has pictures of ${height === width ? height : `${width}x${height}`}: make them agree`,
      );
  }
  if (slice !== undefined && batch % slice !== 0)
    throw new UserError(`"batch" is ${batch}, which "slice" ${slice} does not divide: make it a multiple`);
  return source;
}

/** Pictures in [−1, 1] as a vision tower wants them. */
export function coloured(pixels: Tensor, { mean, std }: ClipSource["colours"]): Tensor {
  if ([...mean, ...std].every((value) => value === 0.5)) return pixels;
  const channels = (of: (c: 0 | 1 | 2) => number): Tensor => constant([of(0), of(1), of(2)], [1, 3, 1, 1]);
  return pixels.mul(channels((c) => 0.5 / std[c])).add(channels((c) => (0.5 - mean[c]) / std[c]));
}
