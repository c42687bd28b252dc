import type { ClipConfig } from "./clip/config.ts";
import type { PatchDiscriminatorConfig } from "./discriminator/patch-discriminator.ts";
import type { UNetConfig } from "./unet/config.ts";
import type { AutoencoderConfig } from "./vae/config.ts";

/** Height and width of the pictures that the pocket models are for. */
const pictureSize = 128;

/** Eight latent channels: four cannot hold the edges of small flat pictures. */
export const pocketAutoencoder: AutoencoderConfig = {
  channels: 3,
  latentChannels: 8,
  levels: [32, 48, 96, 128],
  layers: 1,
  groups: 8,
  scalingFactor: 1,
  sampleSize: pictureSize,
};

export const pocketDiscriminator: PatchDiscriminatorConfig = { channels: 3, width: 32, layers: 3 };

const clipWidth = 256;
const clipTower = { width: clipWidth, layers: 6, heads: 4, mlp: 4 * clipWidth, activation: "quick_gelu" } as const;

/** A CLIP for a tokenizer that knows `vocabulary` tokens and ends texts with the token `end`. */
export const pocketClip = (vocabulary: number, end: number): ClipConfig => ({
  text: { ...clipTower, vocabulary, positions: 32, end },
  vision: { ...clipTower, imageSize: pictureSize, patchSize: 16 },
  projection: 256,
});

const headWidth = 32;
const level = (channels: number, attention: boolean) => ({ channels, heads: channels / headWidth, attention });

export const pocketUNet: UNetConfig = {
  in: pocketAutoencoder.latentChannels,
  out: pocketAutoencoder.latentChannels,
  levels: [level(96, false), level(192, true), level(288, true)],
  layers: 1,
  context: clipWidth,
  groups: 32,
  projection: "conv",
  upcastAttention: false,
  sampleSize: pictureSize / 8,
};
