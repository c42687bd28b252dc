import { UserError } from "../errors.ts";
import { autoencoderKeys, below, clipKeys, compvisUNetKeys, type Dialect } from "./dialects.ts";
import { emaKeys, hasEma } from "./ema.ts";
import type { Files, StandIn } from "./files.ts";
import { type Measured, measuredAutoencoder, measuredText, measuredUNet, shapesOf } from "./measured.ts";
import { beside, configOf, json, tokenizerBeside, type Unpacked } from "./unpacked.ts";
import type { Weights } from "./weights.ts";

/** Whether these are the tensors of a diffusion model by CompVis' names. */
export const isStableDiffusion = (weights: Weights): boolean =>
  weights.find("model.diffusion_model.out.2.weight") !== undefined || hasEma(weights.keys());

const textStarts = ["cond_stage_model.transformer.text_model.", "cond_stage_model.transformer."];
const openClipStart = "cond_stage_model.model.";

/** SD 1.x: the text tower of transformers, which some programs write without its first name. */
const textKeys: Dialect = (shapes) =>
  new Map([...below(...textStarts)(shapes)].map(([key, from]) => [`text_model.${key}`, from]));

/** The last layer of 24, the pooling and the vision tower's scale are not used by SD 2.x, nor are they by diffusers. */
const unusedBySd2 = /^(transformer\.resblocks\.23\.|text_projection$|logit_scale$)/;

const openClipKeys: Dialect = (shapes) =>
  new Map([...below(openClipStart)(shapes)].filter(([key]) => !unusedBySd2.test(key)));

/**
 * The parts of a Stable Diffusion checkpoint in a single file, recognised from its tensors, as a folder in diffusers'
 * layout would have them. What no tensor tells is taken from configs beside the file where there are some that fit.
 */
export async function unpackStableDiffusion(
  host: Files,
  path: string,
  weights: Weights,
  ema?: boolean,
): Promise<Unpacked> {
  const keys = [...weights.keys()];
  const has = (start: string): boolean => keys.some((key) => key.startsWith(start));
  const averaged = ema ?? !has("model.diffusion_model.");
  if (averaged && !hasEma(keys)) throw new UserError(`${path} has no running averages of its U-Net (model_ema)`);
  const second = has(openClipStart);
  const unet = weights.translate(averaged ? emaKeys : below("model.diffusion_model.")).translate(compvisUNetKeys);
  const parts: Record<string, Weights> = { unet };
  const prediction = () => predictionOf(weights, unet, second);
  const measured: Record<string, () => Measured | Promise<Measured>> = {
    unet: async () => {
      const { sizes, usual } = measuredUNet(shapesOf(unet), path);
      // Those that predict the velocity were published for pictures of 768 pixels.
      const size = (await prediction()) === "v_prediction" ? 96 : 64;
      return { sizes, usual: () => ({ ...usual(), sample_size: size }) };
    },
  };
  if (has("first_stage_model.")) {
    const vae = weights.translate(below("first_stage_model.")).translate(autoencoderKeys);
    parts.vae = vae;
    measured.vae = () => measuredAutoencoder(shapesOf(vae), path);
  }
  if (has("cond_stage_model.")) {
    const text = weights.translate(second ? openClipKeys : textKeys).translate(clipKeys);
    parts.text_encoder = text;
    measured.text_encoder = () => {
      const { sizes, usual } = measuredText(shapesOf(text), path, second ? "gelu" : "quick_gelu");
      return { sizes, usual: () => ({ architectures: ["CLIPTextModel"], ...usual() }) };
    };
  }
  const missing = Object.entries({ vae: "autoencoder: name one with --vae", text_encoder: "text encoder" })
    .filter(([part]) => !parts[part])
    .map(([part, what]): [string, StandIn] => [`${part}/config.json`, { missing: `${path} holds no ${what}` }]);
  const files = new Map<string, StandIn>([
    ...Object.entries(measured).map(
      ([part, measure]) => [`${part}/config.json`, configOf(host, path, `${part}/config.json`, measure)] as const,
    ),
    ["model_index.json", () => json({ ...index, ...Object.fromEntries(partClasses.filter(([part]) => parts[part])) })],
    ["scheduler/scheduler_config.json", schedulerOf(host, path, prediction)],
    ...missing,
    ...(await tokenizerBeside(host, path, "tokenizer/")),
  ]);
  // open_clip pads with zeros, which is the first sign of its vocabulary.
  if (second) files.set("tokenizer/special_tokens_map.json", () => json({ pad_token: "!" }));
  return { files, parts, notes: [] };
}

const index = {
  _class_name: "StableDiffusionPipeline",
  _diffusers_version: "0.21.4",
  scheduler: ["diffusers", "PNDMScheduler"],
  tokenizer: ["transformers", "CLIPTokenizer"],
};

const partClasses: readonly (readonly [part: string, kind: readonly string[]])[] = [
  ["text_encoder", ["transformers", "CLIPTextModel"]],
  ["unet", ["diffusers", "UNet2DConditionModel"]],
  ["vae", ["diffusers", "AutoencoderKL"]],
];

const schedulerOf =
  (host: Files, path: string, prediction: () => Promise<string>): StandIn =>
  async () =>
    json(
      (await beside(host, path, "scheduler/scheduler_config.json")) ?? {
        _class_name: "PNDMScheduler",
        beta_end: 0.012,
        beta_schedule: "scaled_linear",
        beta_start: 0.00085,
        clip_sample: false,
        num_train_timesteps: 1000,
        prediction_type: await prediction(),
        set_alpha_to_one: false,
        skip_prk_steps: true,
        steps_offset: 1,
        trained_betas: null,
      },
    );

/** The steps at which the published models of SD 2.x stopped, which their pickles tell. */
const publishedSteps: Readonly<Record<string, "epsilon" | "v_prediction">> = {
  "875000": "epsilon", // 2.0-base
  "140000": "v_prediction", // 2.0
  "110000": "v_prediction", // 2.1
};

/** A norm whose shifts spread by more than this in U-Nets of SD 2.x that predict the velocity. */
const telling = { key: "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias", spread: 0.09 };

/**
 * SD 1.x and models for in-painting predict noise. SD 2.x is told by the step at which it stopped, or else by its
 * weights, as ComfyUI does (comfy/supported_models.py).
 */
async function predictionOf(file: Weights, unet: Weights, second: boolean): Promise<string> {
  if (!second || unet.find("conv_in.weight")?.shape[1] !== 4) return "epsilon";
  const known = publishedSteps[file.metadata.global_step ?? ""];
  if (known || !unet.find(telling.key)) return known ?? "v_prediction";
  const shifts = await unet.read(telling.key);
  const mean = shifts.reduce((sum, x) => sum + x, 0) / shifts.length;
  const variance = shifts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shifts.length;
  return Math.sqrt(variance) > telling.spread ? "v_prediction" : "epsilon";
}
