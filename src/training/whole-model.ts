import { UserError } from "../errors.ts";
import { parseUNetConfig, UNet } from "../models/unet/index.ts";
import { Autoencoder, parseAutoencoderConfig } from "../models/vae/index.ts";
import type { Host } from "../runtime/host.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import { autoencoderKeys } from "../weights/dialects.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import type { Denoising } from "./denoising.ts";
import { readWeights } from "./model-files.ts";
import { textOfWhole } from "./text-source.ts";
import { tokenizeWith } from "./tokens.ts";

/** A whole diffusion model that stays as it is, but for what is added to it. */
export type WholeModel = Omit<Denoising, "params" | "starting" | "said" | "save"> & { readonly tokenizer: Tokenizer };

/** Opens a model in diffusers' layout. Throws a UserError where it is none, or one that cannot be trained. */
export async function openWholeModel(host: Host, folder: string): Promise<WholeModel> {
  const directory = await openModelDirectory(host, folder);
  const { path, index } = directory;
  if (!index) throw new UserError(`${path} holds a single network; name a model directory with a model_index.json`);
  const json = (file: string) => directory.json(file);
  const unet = new UNet(parseUNetConfig(await json("unet/config.json"), `${path}/unet/config.json`));
  const { text, weights: textWeights, tokenizer: from } = await textOfWhole(directory);
  const autoencoder = new Autoencoder(parseAutoencoderConfig(await json("vae/config.json"), `${path}/vae/config.json`));
  const { prediction_type: prediction = "epsilon" } = await json("scheduler/scheduler_config.json");
  if (prediction !== "epsilon" && prediction !== "v_prediction")
    throw new UserError(`${path} predicts ${prediction}; only models of epsilon and v_prediction are trained`);
  const autoencoderFiles = (await directory.weights("vae")).translate(autoencoderKeys);
  const frozen = new Map([...(await readWeights(unet.parameters, await directory.weights("unet"))), ...textWeights]);
  const tokenizer = await loadTokenizer(from.files, from.folder);
  return {
    unet,
    text,
    autoencoder,
    prediction,
    scale: autoencoder.config.scalingFactor,
    tokenizer,
    tokenize: tokenizeWith(tokenizer),
    frozen,
    autoencoderWeights: await readWeights(autoencoder.parameters, autoencoderFiles),
    autoencoderFiles,
  };
}
