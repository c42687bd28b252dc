import { bookkeeping, Fields, type Json, type Neutral } from "../../fields.ts";

export interface AutoencoderConfig {
  /** Channels of the pictures. */
  readonly channels: number;
  readonly latentChannels: number;
  /** Channels at each resolution, the finest first; each is half as high and wide as the one before. */
  readonly levels: readonly number[];
  /** Residual blocks of a level in the encoder; the decoder has one more. */
  readonly layers: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** The denoiser sees latents times this, so that they have variance one. */
  readonly scalingFactor: number;
  /** Height and width of the pictures it was trained on. */
  readonly sampleSize: number;
}

const encoderBlocks = { DownEncoderBlock2D: true };
const decoderBlocks = { UpDecoderBlock2D: true };

/** What the autoencoders of SD 1.x and 2.x have in common among the forms that diffusers' class can take. */
const neutral: Neutral = {
  _class_name: ["AutoencoderKL"],
  act_fn: ["silu"],
  latents_mean: [null],
  latents_std: [null],
  mid_block_add_attention: [true],
  shift_factor: [null],
  use_post_quant_conv: [true],
  use_quant_conv: [true],
};

/** Reads the `vae/config.json` of a model directory in diffusers' layout; `where` names it in messages. */
export function parseAutoencoderConfig(json: unknown, where = "vae/config.json"): AutoencoderConfig {
  const fields = new Fields(json, where);
  fields.neutral(neutral);
  fields.ignore([...bookkeeping, "force_upcast"]);
  const levels = fields.counts("block_out_channels");
  fields.choices("down_block_types", encoderBlocks, levels.length);
  fields.choices("up_block_types", decoderBlocks, levels.length);
  const groups = fields.count("norm_num_groups", 32);
  if (levels.some((c) => c % groups !== 0)) fields.fail("block_out_channels", `must be multiples of ${groups} groups`);
  const channels = fields.count("in_channels");
  if (fields.count("out_channels") !== channels) fields.fail("out_channels", `must equal "in_channels" (${channels})`);
  const config: AutoencoderConfig = {
    channels,
    latentChannels: fields.count("latent_channels"),
    levels,
    layers: fields.count("layers_per_block", undefined, 64),
    groups,
    scalingFactor: fields.number("scaling_factor", 0.18215), // Rombach et al.'s, where an early config leaves it out
    sampleSize: fields.count("sample_size"),
  };
  fields.end();
  return config;
}

/** The `config.json` that diffusers 0.21 and later load. */
export function autoencoderConfigToJson(config: AutoencoderConfig): Json {
  return {
    _class_name: "AutoencoderKL",
    _diffusers_version: "0.21.4",
    act_fn: "silu",
    block_out_channels: config.levels,
    down_block_types: config.levels.map(() => "DownEncoderBlock2D"),
    in_channels: config.channels,
    latent_channels: config.latentChannels,
    layers_per_block: config.layers,
    norm_num_groups: config.groups,
    out_channels: config.channels,
    sample_size: config.sampleSize,
    scaling_factor: config.scalingFactor,
    up_block_types: config.levels.map(() => "UpDecoderBlock2D"),
  };
}
