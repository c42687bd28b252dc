import { readFileSync } from "node:fs";
import type { Tensor } from "../src/graph/index.ts";
import { nodeHost } from "../src/host/node.ts";
import {
  Autoencoder,
  type AutoencoderConfig,
  autoencoderConfigToJson,
  ClipText,
  type ClipTextConfig,
  clipTextConfigToJson,
  UNet,
  type UNetConfig,
  unetConfigToJson,
} from "../src/models/index.ts";
import type { Init } from "../src/nn/module.ts";
import { normal } from "../src/random/philox.ts";
import { elements } from "../src/runtime/ndarray.ts";
import { f32ToF16 } from "../src/weights/half.ts";
import { writeModelDirectory } from "../src/weights/model-directory.ts";
import type { TensorToWrite } from "../src/weights/safetensors.ts";

/** The sizes of Stable Diffusion 1.5. */
export const sd15: {
  readonly unet: UNetConfig;
  readonly autoencoder: AutoencoderConfig;
  readonly text: ClipTextConfig;
} = {
  unet: {
    in: 4,
    out: 4,
    levels: [320, 640, 1280, 1280].map((channels, i) => ({ channels, heads: 8, attention: i < 3 })),
    layers: 2,
    context: 768,
    groups: 32,
    projection: "conv",
    upcastAttention: false,
    sampleSize: 64,
  },
  autoencoder: {
    channels: 3,
    latentChannels: 4,
    levels: [128, 256, 512, 512],
    layers: 2,
    groups: 32,
    scalingFactor: 0.18215,
    sampleSize: 512,
  },
  text: {
    vocabulary: 49408,
    positions: 77,
    width: 768,
    layers: 12,
    heads: 12,
    mlp: 3072,
    activation: "quick_gelu",
    end: "largest",
  },
};

/** A prime number, so that no row of a matrix meets the same numbers as the next. */
const period = 1_000_003;
let numbers: Float32Array | undefined;

/**
 * Random numbers in half precision that keep what goes through a layer at its size: spread by 1/√(inputs) in matrices
 * and kernels, around 1 in the gains of norms, small in biases.
 */
function randomWeight(parameter: Tensor, start: number): TensorToWrite {
  const shape = parameter.shape as readonly number[];
  const gain = (parameter.attributes as { init: Init }).init.kind === "ones";
  const std = shape.length > 1 ? elements(shape.slice(1)) ** -0.5 : 0.05;
  return {
    dtype: "F16",
    shape,
    bytes: () => {
      numbers ??= normal(1, 0, period);
      const values = f32ToF16(numbers.map((z) => Number(gain) + std * z));
      const bits = new Uint16Array(elements(shape));
      for (let at = 0, from = start % period; at < bits.length; from = 0) {
        const piece = values.subarray(from, Math.min(period, from + bits.length - at));
        bits.set(piece, at);
        at += piece.length;
      }
      return new Uint8Array(bits.buffer);
    },
  };
}

const randomWeights = (parameters: ReadonlyMap<string, Tensor>): Map<string, TensorToWrite> =>
  new Map([...parameters].map(([key, parameter], i) => [key, randomWeight(parameter, i * 7919)]));

/** The pocket model's words, for texts of another length. */
export function tokenizerFiles({ positions }: ClipTextConfig): [file: string, content: string][] {
  const read = (file: string): string =>
    readFileSync(new URL(`../models/pocket/tokenizer/${file}`, import.meta.url), "utf8");
  const config = JSON.parse(read("tokenizer_config.json")) as Record<string, unknown>;
  return [
    ...["vocab.json", "merges.txt", "special_tokens_map.json"].map((file): [string, string] => [file, read(file)]),
    ["tokenizer_config.json", JSON.stringify({ ...config, model_max_length: positions })],
  ];
}

/** Writes a checkpoint of Stable Diffusion 1.5's size, in half precision, with the pocket model's words. */
export async function writeCheckpoint(folder: string, { unet, autoencoder, text } = sd15): Promise<void> {
  await writeModelDirectory(nodeHost(), folder, {
    index: {
      _class_name: "StableDiffusionPipeline",
      scheduler: ["diffusers", "PNDMScheduler"],
      text_encoder: ["transformers", "CLIPTextModel"],
      tokenizer: ["transformers", "CLIPTokenizer"],
      unet: ["diffusers", "UNet2DConditionModel"],
      vae: ["diffusers", "AutoencoderKL"],
    },
    files: {
      "unet/config.json": unetConfigToJson(unet),
      "vae/config.json": autoencoderConfigToJson(autoencoder),
      "text_encoder/config.json": clipTextConfigToJson(text),
      "scheduler/scheduler_config.json": {
        _class_name: "PNDMScheduler",
        beta_start: 0.00085,
        beta_end: 0.012,
        beta_schedule: "scaled_linear",
        num_train_timesteps: 1000,
        skip_prk_steps: true,
        steps_offset: 1,
      },
      ...Object.fromEntries(tokenizerFiles(text).map(([file, content]) => [`tokenizer/${file}`, content])),
    },
    weights: {
      unet: randomWeights(new UNet(unet).parameters),
      vae: randomWeights(new Autoencoder(autoencoder).parameters),
      text_encoder: randomWeights(new ClipText(text).parameters),
    },
  });
}
