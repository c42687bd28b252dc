import { type DrawingDefaults, drawingDefaultsFile, drawingDefaultsToJson } from "../../src/diffusion/index.ts";
import { UserError } from "../../src/errors.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import type { Json, ModelDirectory } from "../../src/weights/model-directory.ts";
import { type TensorToWrite, toStoreAsF16 } from "../../src/weights/safetensors.ts";
import type { Weights } from "../../src/weights/weights.ts";

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

/** What a released model directory holds of a trained pipeline, how it draws best, and the CLIP whose text tower it reads with. */
export async function released(
  pipeline: ModelDirectory,
  clip: ModelDirectory,
  defaults: DrawingDefaults,
): Promise<{
  index: Json;
  files: Record<string, Json>;
  weights: Record<string, ReadonlyMap<string, TensorToWrite>>;
}> {
  const files: Record<string, Json> = {
    "scheduler/scheduler_config.json": await pipeline.json("scheduler/scheduler_config.json"),
    [drawingDefaultsFile]: drawingDefaultsToJson(defaults),
    "clip/config.json": await clip.json("config.json"),
    "clip/preprocessor_config.json": await clip.json("preprocessor_config.json"),
  };
  const whole = await clip.weights("");
  await expectSame(await pipeline.weights("text_encoder"), whole);
  const weights: Record<string, ReadonlyMap<string, TensorToWrite>> = {
    // The text tower is the pipeline's text_encoder.
    clip: await halves(whole, (key) => !isTextTower(key)),
  };
  for (const part of ["unet", "vae", "text_encoder"]) {
    files[`${part}/config.json`] = await pipeline.json(`${part}/config.json`);
    weights[part] = await halves(await pipeline.weights(part));
  }
  return { index: pipeline.index!, files, weights };
}

const isTextTower = (key: string): boolean => key.startsWith("text_model.");

/** A CLIP that learned on reads otherwise than the denoiser was taught to: only one text tower is released for both. */
async function expectSame(encoder: Weights, clip: Weights): Promise<void> {
  for (const key of [...encoder.keys()].filter(isTextTower)) {
    const [a, b] = [await encoder.read(key), await clip.read(key)];
    if (a.length !== b.length || a.some((value, i) => value !== b[i]))
      throw new UserError(
        `the denoiser's text encoder and CLIP's text tower differ in ${key}: train the denoiser on this CLIP`,
      );
  }
}
