import { bookkeeping, Fields, type Json, type Neutral } from "../../fields.ts";

/** One resolution of the U-Net, the finest first. */
export interface UNetLevel {
  readonly channels: number;
  /** Heads of the attention at this level; the coarsest level's count is the middle block's too. */
  readonly heads: number;
  /** Whether the picture attends to itself and to the text here. */
  readonly attention: boolean;
}

export interface UNetConfig {
  /** Channels of what comes in: the latents, for in-painting also the mask and the masked picture's latents. */
  readonly in: number;
  readonly out: number;
  readonly levels: readonly UNetLevel[];
  /** Residual blocks of a level on the way down; the way up has one more. */
  readonly layers: number;
  /** Width of the text's hidden states. */
  readonly context: number;
  /** Groups of the group norms. */
  readonly groups: number;
  /** How tokens are projected in and out of the attention: 1×1 convolutions (SD 1.x) or linear layers (SD 2.x). */
  readonly projection: "conv" | "linear";
  /** Where the rest runs in half precision, attention must not (SD 2.1). */
  readonly upcastAttention: boolean;
  /** Height and width of the latents it was trained on. */
  readonly sampleSize: number;
}

const downBlocks = { CrossAttnDownBlock2D: true, DownBlock2D: false };
const upBlocks = { CrossAttnUpBlock2D: true, UpBlock2D: false };

/** What SD 1.x and 2.x have in common among the many forms that diffusers' class can take. */
const neutral: Neutral = {
  _class_name: ["UNet2DConditionModel"],
  act_fn: ["silu"],
  addition_embed_type: [null],
  addition_embed_type_num_heads: [64],
  addition_time_embed_dim: [null],
  attention_type: ["default"],
  center_input_sample: [false],
  class_embed_type: [null],
  class_embeddings_concat: [false],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  cross_attention_norm: [null],
  downsample_padding: [1],
  dropout: [0],
  dual_cross_attention: [false],
  encoder_hid_dim: [null],
  encoder_hid_dim_type: [null],
  flip_sin_to_cos: [true],
  freq_shift: [0],
  mid_block_only_cross_attention: [null, false],
  mid_block_scale_factor: [1],
  mid_block_type: ["UNetMidBlock2DCrossAttn"],
  norm_eps: [1e-5],
  num_attention_heads: [null],
  num_class_embeds: [null],
  only_cross_attention: [false, null],
  projection_class_embeddings_input_dim: [null],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ["default"],
  reverse_transformer_layers_per_block: [null],
  time_cond_proj_dim: [null],
  time_embedding_act_fn: [null],
  time_embedding_dim: [null],
  time_embedding_type: ["positional"],
  timestep_post_act: [null],
  transformer_layers_per_block: [1],
};

/** Reads the `unet/config.json` of a model directory in diffusers' layout; `where` names it in messages. */
export function parseUNetConfig(json: unknown, where = "unet/config.json"): UNetConfig {
  const fields = new Fields(json, where);
  fields.neutral(neutral);
  fields.ignore(bookkeeping);
  const channels = fields.counts("block_out_channels");
  const heads = fields.counts("attention_head_dim", channels.length); // misnamed: it holds the number of heads
  const attention = fields.choices("down_block_types", downBlocks, channels.length);
  const mirrored = fields.choices("up_block_types", upBlocks, channels.length).reverse();
  const groups = fields.count("norm_num_groups", 32);
  if (mirrored.join() !== attention.join()) fields.fail("up_block_types", 'must mirror "down_block_types"');
  if (channels.some((c) => c % groups !== 0))
    fields.fail("block_out_channels", `must be multiples of ${groups} groups`);
  if (channels.some((c, i) => c % heads[i]! !== 0)) fields.fail("attention_head_dim", "must divide the channels");
  const config: UNetConfig = {
    in: fields.count("in_channels"),
    out: fields.count("out_channels"),
    levels: channels.map((c, i) => ({ channels: c, heads: heads[i]!, attention: attention[i]! })),
    layers: fields.count("layers_per_block", undefined, 64),
    context: fields.count("cross_attention_dim"),
    groups,
    projection: fields.flag("use_linear_projection", false) ? "linear" : "conv",
    upcastAttention: fields.flag("upcast_attention", false),
    sampleSize: fields.count("sample_size"),
  };
  fields.end();
  return config;
}

/** The `config.json` that diffusers 0.21 and later load. */
export function unetConfigToJson({ levels, ...config }: UNetConfig): Json {
  const heads = levels.map((level) => level.heads);
  return {
    _class_name: "UNet2DConditionModel",
    _diffusers_version: "0.21.4",
    act_fn: "silu",
    attention_head_dim: new Set(heads).size === 1 ? heads[0] : heads,
    block_out_channels: levels.map((level) => level.channels),
    center_input_sample: false,
    cross_attention_dim: config.context,
    down_block_types: levels.map((level) => (level.attention ? "CrossAttnDownBlock2D" : "DownBlock2D")),
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: config.in,
    layers_per_block: config.layers,
    mid_block_scale_factor: 1,
    norm_eps: 1e-5,
    norm_num_groups: config.groups,
    out_channels: config.out,
    sample_size: config.sampleSize,
    up_block_types: levels.map((level) => (level.attention ? "CrossAttnUpBlock2D" : "UpBlock2D")).toReversed(),
    upcast_attention: config.upcastAttention,
    use_linear_projection: config.projection === "linear",
  };
}
