import { readFileSync } from "node:fs";
import { parseClipConfig } from "../src/models/clip/index.ts";
import { parseUNetConfig } from "../src/models/unet/index.ts";
import { parseAutoencoderConfig } from "../src/models/vae/index.ts";

interface TrainingJson {
  readonly model: unknown;
  readonly batch: number;
  readonly data: { readonly size: number; readonly crop?: number };
}

const read = (name: string): TrainingJson =>
  JSON.parse(readFileSync(new URL(`../tools/pocket/${name}.json`, import.meta.url), "utf8")) as TrainingJson;

/** The pocket models as they are trained: networks and batches. */
export function pocketConfigs() {
  const [autoencoder, clip, diffusion] = [read("autoencoder"), read("clip"), read("diffusion")];
  return {
    autoencoder: parseAutoencoderConfig(autoencoder.model),
    clip: parseClipConfig(clip.model),
    unet: parseUNetConfig(diffusion.model),
    /** Edge of the pictures that the autoencoder is trained on. */
    crop: autoencoder.data.crop ?? autoencoder.data.size,
    batches: { autoencoder: autoencoder.batch, clip: clip.batch, unet: diffusion.batch },
  };
}
