import { ClipText, parseClipConfig, parseClipTextConfig } from "../models/clip/index.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { type ClipDirectory, openClipDirectory } from "../weights/clip-directory.ts";
import { clipKeys } from "../weights/dialects.ts";
import { type ModelDirectory, openModelDirectory, wholeOf } from "../weights/model-directory.ts";
import { readParameters } from "./model-files.ts";

/** What a denoiser is told captions by. */
export interface TextSource {
  readonly text: ClipText;
  readonly weights: Map<string, NdArray<"f32">>;
  readonly tokenizer: ClipDirectory["tokenizer"];
}

/**
 * Opens the text tower of a CLIP, or of a diffusion model: the model is named, its folder `text_encoder`, or `clip`.
 * Throws a UserError.
 */
export async function openTextSource(host: Host, path: string): Promise<TextSource> {
  const whole = await openModelDirectory(host, await wholeOf(host, path, "text_encoder"));
  if (whole.index) return textOfWhole(whole);
  const clip = await openClipDirectory(host, path);
  const config = parseClipConfig(await clip.own.json("config.json"), `${clip.own.path}/config.json`);
  const text = new ClipText(config.text);
  return { text, weights: await readParameters(text.parameters, await clip.weights()), tokenizer: clip.tokenizer };
}

/** The text tower of a diffusion model. Throws a UserError. */
export async function textOfWhole({ path, files, json, weights }: ModelDirectory): Promise<TextSource> {
  const file = "text_encoder/config.json";
  const text = new ClipText(parseClipTextConfig(await json(file), `${path}/${file}`));
  return {
    text,
    weights: await readParameters(text.parameters, (await weights("text_encoder")).translate(clipKeys)),
    tokenizer: { files, folder: `${path}/tokenizer` },
  };
}
