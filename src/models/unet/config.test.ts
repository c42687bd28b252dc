import { describe, expect, it } from "vitest";
import pocketRun from "../../../tools/pocket/diffusion.json" with { type: "json" };
import { UserError } from "../../errors.ts";
import { parseUNetConfig, unetConfigToJson } from "./config.ts";

/** stabilityai/stable-diffusion-2-1, unet/config.json. */
const sd21 = {
  _class_name: "UNet2DConditionModel",
  _diffusers_version: "0.10.0.dev0",
  act_fn: "silu",
  attention_head_dim: [5, 10, 20, 20],
  block_out_channels: [320, 640, 1280, 1280],
  center_input_sample: false,
  cross_attention_dim: 1024,
  down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
  downsample_padding: 1,
  dual_cross_attention: false,
  flip_sin_to_cos: true,
  freq_shift: 0,
  in_channels: 4,
  layers_per_block: 2,
  mid_block_scale_factor: 1,
  norm_eps: 1e-5,
  norm_num_groups: 32,
  num_class_embeds: null,
  only_cross_attention: false,
  out_channels: 4,
  sample_size: 96,
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
  upcast_attention: true,
  use_linear_projection: true,
};

/** Written beside the others by diffusers 0.21 and later. */
const later = {
  _name_or_path: "runwayml/stable-diffusion-v1-5",
  addition_embed_type: null,
  addition_embed_type_num_heads: 64,
  addition_time_embed_dim: null,
  attention_type: "default",
  class_embed_type: null,
  class_embeddings_concat: false,
  conv_in_kernel: 3,
  conv_out_kernel: 3,
  cross_attention_norm: null,
  dropout: 0,
  encoder_hid_dim: null,
  encoder_hid_dim_type: null,
  mid_block_only_cross_attention: null,
  mid_block_type: "UNetMidBlock2DCrossAttn",
  num_attention_heads: null,
  projection_class_embeddings_input_dim: null,
  resnet_out_scale_factor: 1,
  resnet_skip_time_act: false,
  resnet_time_scale_shift: "default",
  reverse_transformer_layers_per_block: null,
  time_cond_proj_dim: null,
  time_embedding_act_fn: null,
  time_embedding_dim: null,
  time_embedding_type: "positional",
  timestep_post_act: null,
  transformer_layers_per_block: 1,
};

describe("parseUNetConfig", () => {
  it("reads SD 2.1, and what later versions add", () => {
    const expected = {
      in: 4,
      out: 4,
      levels: [
        { channels: 320, heads: 5, attention: true },
        { channels: 640, heads: 10, attention: true },
        { channels: 1280, heads: 20, attention: true },
        { channels: 1280, heads: 20, attention: false },
      ],
      layers: 2,
      context: 1024,
      groups: 32,
      projection: "linear",
      upcastAttention: true,
      sampleSize: 96,
    };
    expect(parseUNetConfig(sd21)).toEqual(expected);
    expect(parseUNetConfig({ ...sd21, ...later })).toEqual(expected);
  });

  it("takes one number of heads for all levels", () => {
    const { levels } = parseUNetConfig({ ...sd21, attention_head_dim: 8 });
    expect(levels.map(({ heads }) => heads)).toEqual([8, 8, 8, 8]);
  });

  it.each([
    [
      { time_cond_proj_dim: 256 },
      '"time_cond_proj_dim" must be null; other architectures are not supported, but is 256',
    ],
    [{ addition_embed_type: "text_time" }, '"addition_embed_type" must be null'],
    [{ num_class_embeds: 1000 }, '"num_class_embeds" must be null'],
    [{ transformer_layers_per_block: [1, 2, 10] }, '"transformer_layers_per_block" must be 1'],
    [{ _class_name: "UNet2DModel" }, '"_class_name" must be "UNet2DConditionModel"'],
    [{ sharpness: 3 }, 'unknown field "sharpness"'],
    [{ cross_attention_dim: undefined }, '"cross_attention_dim" must be a whole number above 0, but is missing'],
    [{ layers_per_block: 1.5 }, '"layers_per_block" must be a whole number above 0, but is 1.5'],
    [{ attention_head_dim: [5, 10, 20] }, '"attention_head_dim" must have 4 entries, but is [5,10,20]'],
    [{ attention_head_dim: 7 }, '"attention_head_dim" must divide the channels, but is 7'],
    [{ norm_num_groups: 48 }, '"block_out_channels" must be multiples of 48 groups'],
    [{ up_block_types: sd21.up_block_types.toReversed() }, '"up_block_types" must mirror "down_block_types"'],
    [{ down_block_types: Array(4).fill("AttnDownBlock2D") }, '"down_block_types" must be "CrossAttnDownBlock2D" or'],
    [{ upcast_attention: "yes" }, '"upcast_attention" must be true or false, but is "yes"'],
  ])("refuses %o by name", (change, message) => {
    const parse = () => parseUNetConfig({ ...sd21, ...change }, "x/unet/config.json");
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(`x/unet/config.json: ${message}`);
  });

  it.each([null, 3, [sd21]])("refuses %o in place of an object", (json) => {
    expect(() => parseUNetConfig(json)).toThrow("unet/config.json: must be a JSON object");
  });
});

describe("unetConfigToJson", () => {
  it("writes what it reads", () => {
    const pocket = parseUNetConfig(pocketRun.model);
    expect(parseUNetConfig(unetConfigToJson(pocket))).toEqual(pocket);
    const { _diffusers_version, dual_cross_attention, num_class_embeds, only_cross_attention, ...essential } = sd21;
    expect(unetConfigToJson(parseUNetConfig(sd21))).toEqual({ ...essential, _diffusers_version: "0.21.4" });
  });
});
