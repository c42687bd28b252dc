/** config.json of a U-Net of two levels for `tinyAutoencoder`'s latents: small enough to train in a test. */
export const tinyUNet = {
  _class_name: "UNet2DConditionModel",
  attention_head_dim: 2,
  block_out_channels: [4, 8],
  cross_attention_dim: 8,
  down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"],
  up_block_types: ["CrossAttnUpBlock2D", "UpBlock2D"],
  in_channels: 2,
  out_channels: 2,
  layers_per_block: 1,
  norm_num_groups: 2,
  sample_size: 8,
};
