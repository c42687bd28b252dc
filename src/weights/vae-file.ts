import { UserError } from "../errors.ts";
import { autoencoderKeys, below } from "./dialects.ts";
import { type Files, type Json, readJson, splitPath } from "./files.ts";
import { measuredAutoencoder, settle, shapesOf } from "./measured.ts";
import { openWeights } from "./weight-files.ts";
import { Weights } from "./weights.ts";

/**
 * An autoencoder by itself: a folder with a config, or a file in the names of diffusers or CompVis, also of a whole
 * checkpoint. What a file does not tell is as in `like`, the config of the model that it is for.
 */
export async function openVae(
  host: Files,
  path: string,
  like: Json | undefined,
): Promise<{ readonly config: Json; readonly weights: Weights }> {
  if (await host.exists(`${path}/config.json`))
    return { config: await readJson(host, `${path}/config.json`), weights: await openWeights(host, path) };
  const [folder, file] = splitPath(path);
  const stored = await Weights.open(host, folder, [file]);
  const inside = stored.translate(below("first_stage_model."));
  const weights = ([...inside.keys()].length > 0 ? inside : stored).translate(autoencoderKeys);
  if (!weights.find("decoder.conv_in.weight"))
    throw new UserError(`${path} holds no autoencoder by the names of its tensors`);
  const measured = measuredAutoencoder(shapesOf(weights), path);
  // A latent's scale is the denoiser's affair.
  const scale = like?.scaling_factor === undefined ? {} : { scaling_factor: like.scaling_factor };
  return { config: { ...settle(measured, like), ...scale }, weights };
}
