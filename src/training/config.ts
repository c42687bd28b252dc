import { UserError } from "../errors.ts";
import { dataConfig } from "./data/config.ts";
import type { LearningRate } from "./lr.ts";
import {
  amount,
  anyObject,
  choice,
  count,
  type Fields,
  flag,
  list,
  object,
  optional,
  type Parse,
  positive,
  preset,
  share,
  text,
  whole,
} from "./parse.ts";

/** A folder of a model to start from, or the config of a new one. */
const model: Parse<string | Readonly<Record<string, unknown>>> = (value, where) =>
  typeof value === "string" ? text(value, where) : anyObject(value, where);

/** What every training needs. */
const common = {
  model,
  data: dataConfig,
  batch: count,
  /** Batches per update. */
  accumulate: preset(count, 1),
  /** Updates of the whole run. */
  steps: count,
  /** Stops this run after so much time, to be resumed; the schedule is not touched. */
  minutes: optional(positive),
  lr: positive,
  warmup: preset(whole, 0),
  schedule: preset(choice("constant", "cosine"), "constant"),
  decay: preset(amount, 0.01),
  /** Longest gradient. */
  clip: optional(positive),
  /** Decay of the running average of the weights. */
  ema: preset(share, 0.999),
  seed: preset(whole, 0),
  /** Folder for the model, the training state, the samples and the log. */
  out: text,
  checkpointMinutes: preset(positive, 10),
  sampleEvery: optional(count),
  precision: preset(choice("fp32", "fp16"), "fp32"),
};

/** What every training of a whole network needs. */
const network = {
  ...common,
  /** Moves matrices and kernels by Muon instead of AdamW, at this multiple of `lr`. */
  muon: optional(positive),
};

export const clipConfig = object({
  ...network,
  /** Folder with vocab.json and merges.txt; the model's own without. */
  tokenizer: optional(text),
  /** Pairs that go through the towers at once: batches of any size at the memory of so many. It divides `batch`. */
  slice: optional(count),
  /** Edge in pixels of the pictures that a trained model sees from now on: its positions are interpolated. */
  imageSize: optional(count),
  /** A tower that stays as it is. Below a locked image tower the texts learn to find its pictures: Zhai et al. 2022. */
  freeze: optional(choice("image", "text")),
  /** Share of each picture's patches that the image tower is not shown, which takes less time: Li et al. 2023. */
  masked: optional(share),
  /** Measures retrieval and zero-shot recognition on the first `pictures` of other data, into the log. */
  evaluate: optional(object({ data: dataConfig, pictures: preset(count, 500), every: count })),
  /** Channels of the stages of a convolutional trunk that is trained beside, for the autoencoder's perceptual loss. */
  trunk: optional(list(count)),
});
export type ClipConfig = ReturnType<typeof clipConfig>;

export const autoencoderConfig = object({
  ...network,
  /** Weights of the parts of the reconstruction loss. */
  l1: preset(amount, 1),
  mse: preset(amount, 0),
  gradient: preset(amount, 0),
  /** Per picture, against sums over a picture's numbers as in Stable Diffusion. */
  kl: preset(amount, 1e-6),
  /** Feature maps of the own trained trunk in this folder. */
  perceptual: optional(object({ trunk: text, weight: positive })),
  discriminator: optional(
    object({
      /** First step with the adversarial loss. */
      start: whole,
      weight: preset(positive, 0.5),
      channels: preset(count, 64),
      layers: preset(count, 3),
      lr: optional(positive),
    }),
  ),
  /** Only the decoder learns; the encoder and the latents stay. */
  freezeEncoder: preset(flag, false),
});
export type AutoencoderConfig = ReturnType<typeof autoencoderConfig>;

/** How a denoiser learns from noise. */
const noising = {
  /** γ of the min-SNR weights; plain mean squared error without. */
  minSnr: optional(positive),
  /** Above 1, noisier steps are learned from more often: Esser et al. 2024, eq. 23. */
  shift: preset(positive, 1),
  /** Share of captions that are replaced with the empty one, for classifier-free guidance. */
  dropout: preset(share, 0.1),
};

export const diffusionConfig = object({
  ...network,
  /** Folders of the trained autoencoder, and of the CLIP, or the diffusion model, whose text tower reads the captions. */
  autoencoder: text,
  clipModel: text,
  /** Pictures that are encoded once, to train from. */
  pictures: count,
  /** Folder for them; `latents` in `out` without. */
  cache: optional(text),
  prediction: preset(choice("epsilon", "v_prediction"), "epsilon"),
  ...noising,
  /** What samples are drawn of. */
  prompts: preset(list(text), ["a picture of a bear", "a picture of an apple"]),
  guidance: preset(amount, 5),
});
export type DiffusionConfig = ReturnType<typeof diffusionConfig>;

/** What every training of something of a denoiser needs. */
export type DenoisingConfig = Omit<
  DiffusionConfig,
  "autoencoder" | "clipModel" | "prediction" | "guidance" | "muon" | keyof typeof noising
> &
  Partial<Pick<DiffusionConfig, "muon">>;

const { model: _, ...others } = common;

/** What is learned beside a whole model, which stays as it is. */
const beside = {
  /** Folder of the model, in diffusers' layout. */
  model: text,
  ...others,
  decay: preset(amount, 0),
  pictures: count,
  cache: optional(text),
  prompts: preset(list(text), ["a picture of a bear", "a picture of an apple"]),
  guidance: preset(amount, 5),
};

/** What adapts a model to other pictures. */
const adapting = { ...beside, ...noising };

const lowRank = {
  rank: preset(count, 8),
  /** The change is multiplied by alpha / rank; the rank without. */
  alpha: optional(positive),
};

export const loraConfig = object({
  ...adapting,
  ...lowRank,
  /** Attention's projections, or every matrix and kernel. */
  layers: preset(choice("attention", "all"), "attention"),
  /** Whether the text tower is changed, too. */
  text: preset(flag, false),
});
export type LoraConfig = ReturnType<typeof loraConfig>;

/** `guidance` is that of the teacher, which the student has learned by heart. */
export const distilConfig = object({
  ...beside,
  ...lowRank,
  /** Timesteps over which what the student sees is to be the same, and steps in which the teacher goes there. */
  skip: preset(count, 200),
  teacherSteps: preset(count, 4),
});
export type DistilConfig = ReturnType<typeof distilConfig>;

export const embeddingConfig = object({
  ...adapting,
  /** The word that captions have, and vectors that it stands for. */
  word: text,
  vectors: preset(count, 1),
  /** Known words that it starts from. */
  start: preset(text, "picture"),
});
export type EmbeddingConfig = ReturnType<typeof embeddingConfig>;

export type CommonConfig = Fields<typeof common>;

/** Parses the text of a config file with one of the parsers above. */
export function readConfig<T>(parse: Parse<T>, json: string, name: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${(error as Error).message.replace(/\s+/g, " ")}`);
  }
  return parse(value, name);
}

export const rateOf = ({ lr, warmup, schedule, steps }: CommonConfig): LearningRate => ({
  peak: lr,
  warmup,
  schedule,
  steps,
});
