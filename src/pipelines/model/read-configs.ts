import { drawingDefaultsFile, parseDrawingDefaults, usualDefaults } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { parseClipTextConfig } from "../../models/clip/index.ts";
import { parseUNetConfig } from "../../models/unet/index.ts";
import { parseAutoencoderConfig } from "../../models/vae/index.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";
import { type Configs, checkFit } from "./graphs.ts";

/** Reads and compares the configurations of a model's parts. Throws a UserError that names what is missing or does not fit. */
export async function readConfigs(directory: ModelDirectory): Promise<Configs> {
  const { path, index } = directory;
  if (!index) throw new UserError(`${path} holds a single network; name a model directory with a model_index.json`);
  const files = ["unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json"];
  const [unet, autoencoder, text, scheduler] = await Promise.all(files.map((file) => directory.json(file)));
  const saysHow = await directory.has(drawingDefaultsFile);
  const configs: Configs = {
    unet: parseUNetConfig(unet, `${path}/${files[0]}`),
    autoencoder: parseAutoencoderConfig(autoencoder, `${path}/${files[1]}`),
    text: parseClipTextConfig(text, `${path}/${files[2]}`),
    scheduler: scheduler!,
    drawing: saysHow
      ? parseDrawingDefaults(await directory.json(drawingDefaultsFile), `${path}/${drawingDefaultsFile}`)
      : usualDefaults,
  };
  checkFit(configs, path);
  return configs;
}
