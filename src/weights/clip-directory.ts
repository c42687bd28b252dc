import type { Host } from "../runtime/host.ts";
import { clipKeys } from "./dialects.ts";
import { wholeOf } from "./files.ts";
import { type Files, type ModelChoices, type ModelDirectory, openModelDirectory } from "./model-directory.ts";
import type { Weights } from "./weights.ts";

/** A CLIP, wherever it lies. */
export interface ClipDirectory {
  /** The model that was named: the CLIP alone, or a diffusion model with one. */
  readonly outer: ModelDirectory;
  /** Where config.json and preprocessor_config.json are. */
  readonly own: ModelDirectory;
  /** Where in `outer` the weights are: one folder, or two when a diffusion model has the text tower already. */
  readonly place: { readonly part: string; readonly shared?: string };
  /** The tokenizer's folder, and the files that it is in. */
  readonly tokenizer: { readonly files: Files; readonly folder: string };
  /** Both towers, by transformers' keys. */
  weights(): Promise<Weights>;
}

/**
 * Opens a CLIP in transformers' layout or in a single file, or the one in the folder `clip` of a diffusion model,
 * whichever of the two is named. Its tokenizer is beside its weights, or the diffusion model's own, and so may its text
 * tower be. Throws a UserError.
 */
export async function openClipDirectory(host: Host, path: string, choices: ModelChoices = {}): Promise<ClipDirectory> {
  const outer = await openModelDirectory(host, await wholeOf(host, path, "clip"), choices);
  const isWhole = outer.index !== undefined;
  const own = isWhole ? await openModelDirectory(host, `${outer.path}/clip`) : outer;
  const keys = [...(await own.weights("")).keys()];
  const hasText = keys.some((key) => /^(text_model|transformer)\./.test(key));
  const part = isWhole ? "clip" : "";
  const place = hasText || !isWhole ? { part } : { part, shared: "text_encoder" };
  const ownTokenizer = !isWhole || (await own.has("vocab.json"));
  return {
    outer,
    own,
    place,
    tokenizer: { files: outer.files, folder: ownTokenizer ? own.path : `${outer.path}/tokenizer` },
    weights: async () =>
      (await outer.weights(place.part, "shared" in place ? place.shared : undefined)).translate(clipKeys),
  };
}
