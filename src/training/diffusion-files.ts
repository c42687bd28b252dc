import { spectrogramFile, spectrogramFormToJson } from "../audio/spectrogram-json.ts";
import { drawingDefaultsFile, drawingDefaultsToJson, STABLE_DIFFUSION, usualDefaults } from "../diffusion/index.ts";
import { type ClipText, clipTextConfigToJson } from "../models/clip/index.ts";
import { type UNet, unetConfigToJson } from "../models/unet/index.ts";
import { type Autoencoder, autoencoderConfigToJson } from "../models/vae/index.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { type Json, writeModelDirectory } from "../weights/model-directory.ts";
import type { DiffusionConfig } from "./config.ts";
import { stored } from "./model-files.ts";
import type { TextSource } from "./text-source.ts";
import { copyTokenizer } from "./tokens.ts";

export interface PipelineParts {
  readonly tokenizer: TextSource["tokenizer"];
  readonly unet: UNet;
  readonly weights: ReadonlyMap<string, NdArray>;
  readonly text: ClipText;
  readonly textWeights: ReadonlyMap<string, NdArray>;
  readonly autoencoder: Autoencoder;
  readonly autoencoderWeights: ReadonlyMap<string, NdArray>;
  readonly scale: number;
}

/** Writes everything that drawing needs, in the layout of diffusers' StableDiffusionPipeline. */
export async function writePipeline(
  host: Host,
  { out, precision, prediction, guidance, data }: DiffusionConfig,
  { tokenizer, unet, weights, text, textWeights, autoencoder, autoencoderWeights, scale }: PipelineParts,
): Promise<void> {
  await copyTokenizer(host, tokenizer.folder, `${out}/tokenizer`, tokenizer.files);
  await writeModelDirectory(host, out, {
    index: modelIndex,
    files: {
      "unet/config.json": unetConfigToJson(unet.config),
      "vae/config.json": autoencoderConfigToJson({ ...autoencoder.config, scalingFactor: scale }),
      "text_encoder/config.json": clipTextConfigToJson(text.config),
      "scheduler/scheduler_config.json": schedulerConfig(prediction),
      [drawingDefaultsFile]: drawingDefaultsToJson({ ...usualDefaults, guidance }),
      ...(data.kind === "music" && { [spectrogramFile]: spectrogramFormToJson(data.form) }),
    },
    weights: {
      unet: stored(weights, precision),
      vae: stored(autoencoderWeights, precision),
      text_encoder: stored(textWeights, precision),
    },
  });
}

const modelIndex: Json = {
  _class_name: "StableDiffusionPipeline",
  _diffusers_version: "0.21.4",
  feature_extractor: [null, null],
  requires_safety_checker: false,
  safety_checker: [null, null],
  scheduler: ["diffusers", "DPMSolverMultistepScheduler"],
  text_encoder: ["transformers", "CLIPTextModel"],
  tokenizer: ["transformers", "CLIPTokenizer"],
  unet: ["diffusers", "UNet2DConditionModel"],
  vae: ["diffusers", "AutoencoderKL"],
};

const schedulerConfig = (prediction: DiffusionConfig["prediction"]): Json => ({
  _class_name: "DPMSolverMultistepScheduler",
  _diffusers_version: "0.21.4",
  algorithm_type: "dpmsolver++",
  beta_end: STABLE_DIFFUSION.betaEnd,
  beta_schedule: STABLE_DIFFUSION.betaSchedule,
  beta_start: STABLE_DIFFUSION.betaStart,
  num_train_timesteps: STABLE_DIFFUSION.trainSteps,
  prediction_type: prediction,
  solver_order: 2,
});
