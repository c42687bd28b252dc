import { parseAutoencoderConfig } from "../models/vae/index.ts";
import type { Host } from "../runtime/host.ts";
import { splitPath } from "../weights/files.ts";
import { readJson } from "../weights/model-directory.ts";
import type { ModelSource } from "./model-files.ts";

/** How a denoiser was trained that is a part of a whole model. Undefined for a new one, or one that lies alone. */
export async function trainedWith(
  host: Host,
  model: ModelSource,
): Promise<{ readonly autoencoder: string; readonly scale: number; readonly prediction: unknown } | undefined> {
  if (typeof model !== "string") return undefined;
  const [whole] = splitPath(model);
  const autoencoder = `${whole}/vae`;
  const vae = `${autoencoder}/config.json`;
  const scheduler = `${whole}/scheduler/scheduler_config.json`;
  if (!(await host.exists(vae)) || !(await host.exists(scheduler))) return undefined;
  const { scalingFactor: scale } = parseAutoencoderConfig(await readJson(host, vae), vae);
  return { autoencoder, scale, prediction: (await readJson(host, scheduler)).prediction_type ?? "epsilon" };
}
