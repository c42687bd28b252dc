import { describe, expect, it } from "vitest";
import pocketRun from "../../../tools/pocket/autoencoder.json" with { type: "json" };
import { UserError } from "../../errors.ts";
import { autoencoderConfigToJson, parseAutoencoderConfig } from "./config.ts";

/** stabilityai/sd-vae-ft-mse, config.json. */
const ftMse = {
  _class_name: "AutoencoderKL",
  _diffusers_version: "0.4.2",
  act_fn: "silu",
  block_out_channels: [128, 256, 512, 512],
  down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 256,
  up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
};

/** Written beside the others by later versions of diffusers. */
const later = {
  _name_or_path: "stabilityai/stable-diffusion-2-1",
  force_upcast: true,
  latents_mean: null,
  latents_std: null,
  mid_block_add_attention: true,
  scaling_factor: 0.18215,
  shift_factor: null,
  use_post_quant_conv: true,
  use_quant_conv: true,
};

describe("parseAutoencoderConfig", () => {
  it("reads early and later configs", () => {
    const expected = {
      channels: 3,
      latentChannels: 4,
      levels: [128, 256, 512, 512],
      layers: 2,
      groups: 32,
      scalingFactor: 0.18215,
      sampleSize: 256,
    };
    expect(parseAutoencoderConfig(ftMse)).toEqual(expected);
    expect(parseAutoencoderConfig({ ...ftMse, ...later })).toEqual(expected);
  });

  it.each([
    [{ use_quant_conv: false }, '"use_quant_conv" must be true; other architectures are not supported, but is false'],
    [{ shift_factor: 0.1159 }, '"shift_factor" must be null'],
    [{ patch_size: 2 }, 'unknown field "patch_size"'],
    [{ out_channels: 4 }, '"out_channels" must equal "in_channels" (3), but is 4'],
    [{ norm_num_groups: 48 }, '"block_out_channels" must be multiples of 48 groups'],
    [{ down_block_types: ["DownEncoderBlock2D"] }, '"down_block_types" must be a list of 4 names'],
    [{ up_block_types: Array(4).fill("AttnUpDecoderBlock2D") }, '"up_block_types" must be "UpDecoderBlock2D"'],
    [{ scaling_factor: "0.18" }, '"scaling_factor" must be a number, but is "0.18"'],
  ])("refuses %o by name", (change, message) => {
    const parse = () => parseAutoencoderConfig({ ...ftMse, ...change }, "x/vae/config.json");
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(`x/vae/config.json: ${message}`);
  });
});

describe("autoencoderConfigToJson", () => {
  it("writes what it reads", () => {
    const pocket = parseAutoencoderConfig(pocketRun.model);
    expect(parseAutoencoderConfig(autoencoderConfigToJson(pocket))).toEqual(pocket);
    const written = autoencoderConfigToJson(parseAutoencoderConfig(ftMse));
    expect(written).toEqual({ ...ftMse, _diffusers_version: "0.21.4", scaling_factor: 0.18215 });
  });
});
