import { psnr } from "../../evaluation/psnr.ts";
import { ssim } from "../../evaluation/ssim.ts";
import { input } from "../../graph/index.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import { Autoencoder, parseAutoencoderConfig } from "../../models/vae/index.ts";
import type { Host } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import { autoencoderKeys } from "../../weights/dialects.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";
import type { DeviceOptions } from "../model/diffusion-model.ts";
import { type Network, Networks } from "../model/networks.ts";
import { batches, type EvaluationProgress, mean, type PictureSet } from "./data.ts";

/** How well pictures come back. */
export interface ReconstructionFigures {
  readonly set: string;
  readonly pictures: number;
  /** Mean over pictures, in dB. */
  readonly psnr: number;
  readonly ssim: number;
}

/** Encodes pictures, takes the posterior's mean, decodes it, and compares the bytes. `part` is the autoencoder's folder. */
export async function* evaluateAutoencoder(
  host: Host,
  directory: ModelDirectory,
  part: string,
  sets: readonly PictureSet[],
  options: DeviceOptions,
): AsyncGenerator<EvaluationProgress, ReconstructionFigures[]> {
  const file = part === "" ? "config.json" : `${part}/config.json`;
  const config = parseAutoencoderConfig(await directory.json(file), `${directory.path}/${file}`);
  const model = new Autoencoder(config);
  const sides = [`${model.factor}*h`, `${model.factor}*w`] as const;
  const network: Network = {
    name: "there and back",
    part,
    dialect: autoencoderKeys,
    build: () => ({
      outputs: { made: model.decode(model.encode(input("pictures", "f32", ["n", config.channels, ...sides])).mean) },
      parameters: model.parameters,
    }),
  };
  const networks = new Networks(host, directory, options);
  try {
    const figures: ReconstructionFigures[] = [];
    for (const { name, pictures: set } of sets) {
      const label = `reconstructing ${name}`;
      const scores: { psnr: number; ssim: number }[] = [];
      for await (const pictures of batches(set, config.sampleSize)) {
        yield { label, done: scores.length, total: set.length };
        const { made } = await networks.run(network, { pictures: picturesToTensor(pictures) });
        for (const [i, picture] of tensorToPictures(made as NdArray<"f32">).entries())
          scores.push({ psnr: psnr(picture, pictures[i]!), ssim: ssim(picture, pictures[i]!) });
      }
      yield { label, done: set.length, total: set.length };
      figures.push({
        set: name,
        pictures: set.length,
        psnr: mean(scores.map((score) => score.psnr)),
        ssim: mean(scores.map((score) => score.ssim)),
      });
    }
    return figures;
  } finally {
    await networks.close();
  }
}
