import { describe, expect, it } from "vitest";
import { staticSize, type Tensor } from "../graph/index.ts";
import {
  Autoencoder,
  Clip,
  type ClipConfig,
  ClipText,
  type ClipTextConfig,
  PatchDiscriminator,
  UNet,
  type UNetConfig,
} from "./index.ts";

const size = (model: { readonly parameters: ReadonlyMap<string, Tensor> }): number =>
  [...model.parameters.values()].reduce((sum, p) => sum + staticSize(p.shape), 0);

const unet = (config: Partial<UNetConfig>, heads: readonly number[]): UNetConfig => ({
  in: 4,
  out: 4,
  levels: [320, 640, 1280, 1280].map((channels, i) => ({ channels, heads: heads[i]!, attention: i < 3 })),
  layers: 2,
  context: 768,
  groups: 32,
  projection: "conv",
  upcastAttention: false,
  sampleSize: 64,
  ...config,
});

const textTower = (width: number, layers = 12): ClipTextConfig => ({
  width,
  layers,
  heads: width / 64,
  mlp: 4 * width,
  activation: "quick_gelu",
  vocabulary: 49_408,
  positions: 77,
  end: "largest",
});

const clip = (text: number, vision: number, visionLayers: number, patchSize: number): ClipConfig => ({
  text: textTower(text),
  vision: {
    width: vision,
    layers: visionLayers,
    heads: vision / 64,
    mlp: 4 * vision,
    activation: "quick_gelu",
    imageSize: 224,
    patchSize,
  },
  projection: text,
});

describe("published models have their published sizes", () => {
  it("U-Net of SD 1.x", () => expect(size(new UNet(unet({}, [8, 8, 8, 8])))).toBe(859_520_964));

  it("U-Net of SD 1.5 for in-painting", () =>
    expect(size(new UNet(unet({ in: 9 }, [8, 8, 8, 8])))).toBe(859_520_964 + 5 * 320 * 9));

  it("U-Net of SD 2.x", () =>
    expect(size(new UNet(unet({ context: 1024, projection: "linear" }, [5, 10, 20, 20])))).toBe(865_910_724));

  it("autoencoder of SD 1.x and 2.x", () => {
    const config = { channels: 3, latentChannels: 4, levels: [128, 256, 512, 512], layers: 2, groups: 32 };
    expect(size(new Autoencoder({ ...config, scalingFactor: 0.18215, sampleSize: 512 }))).toBe(83_653_863);
  });

  it("PatchGAN", () => {
    expect(size(new PatchDiscriminator({ channels: 3, width: 64, layers: 3 }))).toBe(2_765_633);
  });

  it("text encoder of SD 1.x", () => expect(size(new ClipText(textTower(768)))).toBe(123_060_480));

  it("text encoder of SD 2.x", () => expect(size(new ClipText(textTower(1024, 23)))).toBe(340_387_840));

  it("CLIP ViT-B/32", () => expect(size(new Clip(clip(512, 768, 12, 32)))).toBe(151_277_313));

  it("CLIP ViT-L/14", () => expect(size(new Clip(clip(768, 1024, 24, 14)))).toBe(427_616_513));
});
