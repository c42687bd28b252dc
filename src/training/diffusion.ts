import { UserError } from "../errors.ts";
import { parseUNetConfig, UNet } from "../models/unet/index.ts";
import { Autoencoder, parseAutoencoderConfig } from "../models/vae/index.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import { trainedWith } from "./around.ts";
import type { DiffusionConfig } from "./config.ts";
import { type Denoising, denoisingTraining } from "./denoising.ts";
import { writePipeline } from "./diffusion-files.ts";
import { encoderHash } from "./latents.ts";
import type { Surroundings, Training } from "./loop.ts";
import { openSource, readWeights, startingWeights } from "./model-files.ts";
import { noisePrediction } from "./noise-prediction.ts";
import { openTextSource } from "./text-source.ts";
import { tokenizeWith } from "./tokens.ts";

/** Rombach et al. 2022, section 3.2: a denoiser of latents that is told the text. */
export async function diffusionTraining(config: DiffusionConfig, surroundings: Surroundings): Promise<Training> {
  const { host } = surroundings;
  const { json, weights } = await openSource(host, config.model);
  const unet = new UNet(parseUNetConfig(json));
  const eyes = await openModelDirectory(host, config.autoencoder);
  const autoencoder = new Autoencoder(
    parseAutoencoderConfig(await eyes.json("config.json"), `${eyes.path}/config.json`),
  );
  const autoencoderFiles = await eyes.weights("");
  const { text, weights: textWeights, tokenizer: from } = await openTextSource(host, config.clipModel);
  const tokenizer = await loadTokenizer(from.files, from.folder);
  const before = await trainedWith(host, config.model);
  const { prediction } = config;
  if (before && before.prediction !== prediction)
    throw new UserError(`${config.model} was trained to predict ${before.prediction}: make "prediction" the same`);
  const isOwn = async (folder: string): Promise<boolean> => {
    const own = await openModelDirectory(host, folder);
    return (await encoderHash(await own.weights(""))) === (await encoderHash(autoencoderFiles));
  };
  const autoencoderWeights = await readWeights(autoencoder.parameters, autoencoderFiles);
  const written = { tokenizer: from, unet, text, textWeights, autoencoder, autoencoderWeights };
  const model: Denoising = {
    unet,
    text,
    autoencoder,
    prediction,
    // Latents of another encoder are spread otherwise.
    scale: before && (await isOwn(before.autoencoder)) ? before.scale : undefined,
    tokenize: tokenizeWith(tokenizer),
    params: unet.parameters,
    starting: await startingWeights(unet.parameters, weights, config.seed),
    frozen: textWeights,
    autoencoderWeights,
    autoencoderFiles,
    said: (latents, timesteps, ids) => unet.forward(latents, timesteps, text.forward(ids).hidden),
    save: (learned, scale) => writePipeline(host, config, { ...written, weights: learned, scale }),
  };
  return denoisingTraining(config, model, noisePrediction(config, model), surroundings);
}
