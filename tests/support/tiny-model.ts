import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import {
  Autoencoder,
  type AutoencoderConfig,
  autoencoderConfigToJson,
  Clip,
  type ClipConfig,
  clipConfigToJson,
  clipTextConfigToJson,
  UNet,
  type UNetConfig,
  unetConfigToJson,
} from "../../src/models/index.ts";
import { normal } from "../../src/random/philox.ts";
import { elements, type NdArray, ndarray } from "../../src/runtime/ndarray.ts";
import { hashText } from "../../src/training/data/random.ts";
import { initialWeights } from "../../src/training/init.ts";
import { type Json, writeModelDirectory } from "../../src/weights/model-directory.ts";
import { type TensorToWrite, toStoreAsF16 } from "../../src/weights/safetensors.ts";

/** Sizes of the networks; the text tower is CLIP's own. */
export interface ModelSizes {
  readonly unet: UNetConfig;
  readonly autoencoder: AutoencoderConfig;
  readonly clip: ClipConfig;
}

/** Tokens of models/pocket/tokenizer, and the one that ends a text. */
export const pocketTokens = { vocabulary: 4096, end: 4095 };

const tower = { width: 16, layers: 2, heads: 2, mlp: 32, activation: "quick_gelu" } as const;

/** Networks of a few thousand weights that draw 32×32 pixels through 8×8 latents. */
export const tinySizes: ModelSizes = {
  unet: {
    in: 4,
    out: 4,
    levels: [
      { channels: 8, heads: 2, attention: true },
      { channels: 16, heads: 2, attention: false },
    ],
    layers: 1,
    context: tower.width,
    groups: 4,
    projection: "conv",
    upcastAttention: false,
    sampleSize: 4,
  },
  autoencoder: {
    channels: 3,
    latentChannels: 4,
    levels: [8, 8, 8, 8],
    layers: 1,
    groups: 4,
    scalingFactor: 0.5,
    sampleSize: 32,
  },
  clip: {
    text: { ...tower, ...pocketTokens, positions: 32 },
    vision: { ...tower, imageSize: 32, patchSize: 8 },
    projection: 12,
  },
};

/** Starting weights, with some noise where they would be zeros, so that every layer has a say. */
function randomWeights(parameters: ReadonlyMap<string, Tensor>, seed: number): Map<string, TensorToWrite> {
  const stirred = ([key, array]: [string, NdArray]): [string, TensorToWrite] => {
    const { data, shape } = array as NdArray<"f32">;
    const noise = data.every((value) => value === 0) && shape.length > 1 ? 0.1 : 0.01;
    const extra = normal(seed + 1, hashText(key), elements(shape));
    return [
      key,
      toStoreAsF16(
        ndarray(
          data.map((value, i) => value + noise * extra[i]!),
          shape,
        ),
      ),
    ];
  };
  return new Map([...initialWeights(parameters, seed)].map(stirred));
}

const tokenizer = fileURLToPath(new URL("../../models/pocket/tokenizer/", import.meta.url));

/**
 * Writes a model directory with random weights in half precision: everything that drawing needs, and in `clip` what
 * its CLIP has beside the text tower. Its tokenizer is the pocket model's.
 */
export async function writeRandomModel(folder: string, sizes: ModelSizes = tinySizes, seed = 1): Promise<void> {
  const { unet, autoencoder, clip } = sizes;
  const clipWeights = randomWeights(new Clip(clip).parameters, seed + 2);
  const clipPart = (isText: boolean) =>
    new Map([...clipWeights].filter(([key]) => key.startsWith("text_model.") === isText));
  const index: Json = {
    _class_name: "StableDiffusionPipeline",
    scheduler: ["diffusers", "DPMSolverMultistepScheduler"],
    text_encoder: ["transformers", "CLIPTextModel"],
    tokenizer: ["transformers", "CLIPTokenizer"],
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
  };
  const { imageSize } = clip.vision;
  await writeModelDirectory(nodeHost(), folder, {
    index,
    files: {
      "unet/config.json": unetConfigToJson(unet),
      "vae/config.json": autoencoderConfigToJson(autoencoder),
      "text_encoder/config.json": clipTextConfigToJson(clip.text),
      "clip/config.json": clipConfigToJson(clip),
      "clip/preprocessor_config.json": {
        crop_size: { height: imageSize, width: imageSize },
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        resample: 3,
        size: { shortest_edge: imageSize },
      },
      "scheduler/scheduler_config.json": {
        _class_name: "DPMSolverMultistepScheduler",
        beta_start: 0.00085,
        beta_end: 0.012,
        beta_schedule: "scaled_linear",
        num_train_timesteps: 1000,
        prediction_type: "epsilon",
      },
    },
    weights: {
      unet: randomWeights(new UNet(unet).parameters, seed),
      vae: randomWeights(new Autoencoder(autoencoder).parameters, seed + 1),
      text_encoder: clipPart(true),
      clip: clipPart(false),
    },
  });
  cpSync(tokenizer, `${folder}/tokenizer`, { recursive: true });
}
