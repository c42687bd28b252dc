import { parseAutoencoderConfig } from "../models/vae/index.ts";
import type { Host } from "../runtime/host.ts";
import { readJson } from "../weights/model-directory.ts";
import type { ModelSource } from "./model-files.ts";

/** The folder that a network's folder lies in: of a whole model, perhaps. */
function around(folder: string): string {
  const path = folder.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** Folder of a CLIP's tokenizer: its own, or the one of the model that it is a part of. */
export const tokenizerOf = async (host: Host, clip: string): Promise<string> =>
  (await host.exists(`${clip}/vocab.json`)) ? clip : `${around(clip)}/tokenizer`;

/** How a denoiser was trained that is a part of a whole model. Undefined for a new one, or one that lies alone. */
export async function trainedWith(
  host: Host,
  model: ModelSource,
): Promise<{ readonly autoencoder: string; readonly scale: number; readonly prediction: unknown } | undefined> {
  if (typeof model !== "string") return undefined;
  const autoencoder = `${around(model)}/vae`;
  const vae = `${autoencoder}/config.json`;
  const scheduler = `${around(model)}/scheduler/scheduler_config.json`;
  if (!(await host.exists(vae)) || !(await host.exists(scheduler))) return undefined;
  const { scalingFactor: scale } = parseAutoencoderConfig(await readJson(host, vae), vae);
  return { autoencoder, scale, prediction: (await readJson(host, scheduler)).prediction_type ?? "epsilon" };
}
