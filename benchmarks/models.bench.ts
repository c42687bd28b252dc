// The pocket models' networks against this machine's floor: npx tsx benchmarks/models.bench.ts

import { input } from "../src/graph/index.ts";
import { nodeHost } from "../src/host/node.ts";
import { Autoencoder, Clip, UNet } from "../src/models/index.ts";
import { type Case, openCase } from "../src/pipelines/bench/runner.ts";
import { pocketConfigs } from "./pocket.ts";
import { type Benchmark, report } from "./report.ts";

const { autoencoder, clip, unet } = pocketConfigs();
const edge = autoencoder.sampleSize;

const bench = (name: string, items: number, outputs: () => Case["outputs"]): Benchmark => ({
  name,
  items,
  open: () => openCase(nodeHost(), { name, outputs: outputs() }),
});

function denoise(n: number): Case["outputs"] {
  const latents = input("latents", "f32", [n, unet.in, unet.sampleSize, unet.sampleSize]);
  const text = input("text", "f32", [n, clip.text.positions, unet.context]);
  return { said: new UNet(unet).forward(latents, input("timesteps", "f32", [n]), text) };
}

function encode(n: number): Case["outputs"] {
  const { mean, logvar } = new Autoencoder(autoencoder).encode(input("pictures", "f32", [n, 3, edge, edge]));
  return { mean, logvar };
}

function decode(n: number): Case["outputs"] {
  const model = new Autoencoder(autoencoder);
  const size = edge / model.factor;
  return { pictures: model.decode(input("latents", "f32", [n, autoencoder.latentChannels, size, size])) };
}

const seen = (n: number) => input("pixels", "f32", [n, 3, clip.vision.imageSize, clip.vision.imageSize]);
const read = (n: number) => input("ids", "i64", [n, clip.text.positions]);

await report("models", [
  bench("U-Net, a step of one guided picture", 1, () => denoise(2)),
  bench("U-Net, batch of 32", 32, () => denoise(32)),
  bench("autoencoder, decoding a picture", 1, () => decode(1)),
  bench("autoencoder, encoding a picture", 1, () => encode(1)),
  bench("CLIP, 16 pictures", 16, () => ({ features: new Clip(clip).encodeImage(seen(16)) })),
  bench("CLIP, 64 texts", 64, () => ({ features: new Clip(clip).encodeText(read(64)) })),
]);
