import type { Files, Json } from "./files.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors.ts";

/** What a model directory is made of, by path in it. */
export interface ModelContents {
  readonly index: Json;
  /** `"unet/config.json"`, `"tokenizer/merges.txt"`. */
  readonly files: Readonly<Record<string, Json | string>>;
  /** By folder: `"unet"`. */
  readonly weights: Readonly<Record<string, ReadonlyMap<string, TensorToWrite>>>;
}

/** The parts that transformers loads, not diffusers. */
const transformersParts = /^(text_encoder|image_encoder|clip|safety_checker)/;

/** The file that holds a part's weights. */
export const weightFileOf = (part: string): string =>
  transformersParts.test(part) ? "model.safetensors" : "diffusion_pytorch_model.safetensors";

/**
 * Writes a model that diffusers and `openModelDirectory` can load. The index comes last: until it is there, the folder
 * is not a model.
 */
export async function writeModelDirectory(host: Files, path: string, contents: ModelContents): Promise<void> {
  for (const [folder, tensors] of Object.entries(contents.weights))
    await writeSafetensors(host, `${path}/${folder}/${weightFileOf(folder)}`, tensors);
  for (const [file, content] of Object.entries({ ...contents.files, "model_index.json": contents.index })) {
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    await host.write(`${path}/${file}`, [new TextEncoder().encode(text)]);
  }
}
