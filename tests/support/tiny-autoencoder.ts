/** config.json of an AutoencoderKL of two levels for pictures of 16×16 pixels: small enough to train in a test. */
export const tinyAutoencoder = {
  _class_name: "AutoencoderKL",
  act_fn: "silu",
  block_out_channels: [4, 4],
  down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D"],
  up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D"],
  in_channels: 3,
  out_channels: 3,
  latent_channels: 2,
  layers_per_block: 1,
  norm_num_groups: 2,
  sample_size: 16,
};
