import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type ModelSizes, tinySizes, writeRandomModel } from "./tiny-model.ts";
import { storageBytes, tensorValue, torchZip, type Value } from "./torch-files.ts";

/** Pictures of 32 bands and 64 columns, 1.28 s, of sound at 8 kHz. */
export const tinyForm = {
  sampleRate: 8000,
  stepMs: 20,
  windowMs: 50,
  paddedMs: 100,
  melBands: 32,
  maxFrequency: 4000,
  columns: 64,
};

/** Writes a model of music with random weights: see `writeRandomModel`. */
export async function writeRandomMusicModel(folder: string): Promise<void> {
  await writeRandomModel(folder);
  writeFileSync(`${folder}/spectrogram.json`, JSON.stringify(tinyForm));
}

/** Tiny networks that draw 512×512 pixels. */
const publishedSizes: ModelSizes = {
  ...tinySizes,
  unet: {
    ...tinySizes.unet,
    sampleSize: 64,
    levels: [
      { channels: 8, heads: 2, attention: false },
      { channels: 16, heads: 2, attention: true },
    ],
  },
  autoencoder: { ...tinySizes.autoencoder, sampleSize: 512 },
};

/**
 * Writes a model with random weights in the layout of the repository riffusion/riffusion-model-v1: names and classes of
 * diffusers before safetensors, weights as pickles, no scaling factor, and beside the parts that are needed a feature
 * extractor, a safety checker, a traced U-Net and the checkpoint of all, of which none is to be read.
 */
export async function writePublishedMusicModel(folder: string): Promise<void> {
  await writeRandomModel(folder, publishedSizes);
  rmSync(`${folder}/clip`, { recursive: true });
  for (const [part, name] of [
    ["unet", "diffusion_pytorch_model"],
    ["vae", "diffusion_pytorch_model"],
    ["text_encoder", "model"],
  ] as const) {
    const file = `${folder}/${part}/${name}.safetensors`;
    const pickled = part === "text_encoder" ? "pytorch_model.bin" : `${name}.bin`;
    writeFileSync(`${folder}/${part}/${pickled}`, asPickle(readFileSync(file)));
    rmSync(file);
  }
  const vae = JSON.parse(readFileSync(`${folder}/vae/config.json`, "utf8")) as Record<string, unknown>;
  delete vae.scaling_factor;
  const json = (path: string, value: object): void => writeFileSync(`${folder}/${path}`, JSON.stringify(value));
  json("vae/config.json", vae);
  json("model_index.json", {
    _class_name: "StableDiffusionPipeline",
    _diffusers_version: "0.9.0",
    feature_extractor: ["transformers", "CLIPFeatureExtractor"],
    safety_checker: ["stable_diffusion", "StableDiffusionSafetyChecker"],
    scheduler: ["diffusers", "PNDMScheduler"],
    text_encoder: ["transformers", "CLIPTextModel"],
    tokenizer: ["transformers", "CLIPTokenizer"],
    unet: ["diffusers", "UNet2DConditionModel"],
    vae: ["diffusers", "AutoencoderKL"],
  });
  json("scheduler/scheduler_config.json", {
    _class_name: "PNDMScheduler",
    _diffusers_version: "0.9.0",
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
    clip_sample: false,
    num_train_timesteps: 1000,
    set_alpha_to_one: false,
    skip_prk_steps: true,
    steps_offset: 1,
    trained_betas: null,
  });
  for (const part of ["feature_extractor", "safety_checker", "unet_traced"]) mkdirSync(`${folder}/${part}`);
  json("feature_extractor/preprocessor_config.json", { feature_extractor_type: "CLIPFeatureExtractor", size: 224 });
  json("safety_checker/config.json", { _class_name: "StableDiffusionSafetyChecker", model_type: "clip" });
  for (const unread of ["safety_checker/pytorch_model.bin", "unet_traced/unet_traced.pt", "riffusion-model-v1.ckpt"])
    writeFileSync(`${folder}/${unread}`, "not to be read");
}

/** What `torch.save` would write of a safetensors file's tensors. */
function asPickle(file: Uint8Array): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
    string,
    {
      readonly dtype: "F16" | "F32";
      readonly shape: readonly number[];
      readonly data_offsets: readonly [number, number];
    }
  >;
  const storages: Record<string, Uint8Array> = {};
  const state = new Map<Value, Value>();
  for (const [name, { dtype, shape, data_offsets: at }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const key = String(state.size);
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    const elements = (at[1] - at[0]) / storageBytes(dtype, 1);
    state.set(name, tensorValue({ dtype, key, elements, shape, strides }));
    storages[key] = file.subarray(8 + length + at[0], 8 + length + at[1]);
  }
  return torchZip(state, storages);
}
