// Gathers what was trained into models/pocket, in half precision: npx tsx tools/pocket/release.ts [.training]
import { nodeHost } from "../../src/host/node.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { type Json, openModelDirectory, writeModelDirectory } from "../../src/weights/model-directory.ts";
import { type TensorToWrite, toStoreAsF16 } from "../../src/weights/safetensors.ts";
import type { Weights } from "../../src/weights/weights.ts";

const [training = ".training"] = process.argv.slice(2);
const host = nodeHost();
const pipeline = await openModelDirectory(host, `${training}/diffusion`);
const clip = await openModelDirectory(host, `${training}/clip`);

/** The weights of a model whose keys fit, rounded to half precision. */
async function halves(
  weights: Weights,
  fits: (key: string) => boolean = () => true,
): Promise<Map<string, TensorToWrite>> {
  const tensors = new Map<string, TensorToWrite>();
  for (const key of weights.keys()) {
    if (fits(key)) tensors.set(key, toStoreAsF16(ndarray(await weights.read(key), weights.find(key)!.shape)));
  }
  return tensors;
}

const parts = ["unet", "vae", "text_encoder"];
const configs: Record<string, Json> = {
  "scheduler/scheduler_config.json": await pipeline.json("scheduler/scheduler_config.json"),
  "clip/config.json": await clip.json("config.json"),
  "clip/preprocessor_config.json": await clip.json("preprocessor_config.json"),
};
const weights: Record<string, ReadonlyMap<string, TensorToWrite>> = {
  // The text tower is the pipeline's text_encoder.
  clip: await halves(await clip.weights(""), (key) => !key.startsWith("text_model.")),
};
for (const part of parts) {
  configs[`${part}/config.json`] = await pipeline.json(`${part}/config.json`);
  weights[part] = await halves(await pipeline.weights(part));
}
await writeModelDirectory(host, "models/pocket", { index: pipeline.index!, files: configs, weights });
