import { UserError } from "../errors.ts";
import type { Host } from "../runtime/host.ts";
import { splitPath } from "./files.ts";
import { Weights } from "./weights.ts";

/** A word for prompts and the vectors that it stands for. */
export interface LearnedWord {
  readonly word: string;
  /** (count width), row-major. */
  readonly vectors: Float32Array;
}

/** Where AUTOMATIC1111's web UI keeps its vectors, in pickles and in safetensors; the word is the file's name there. */
const unnamed = ["string_to_param.*", "emb_params", ""];

/**
 * Reads textual inversion embeddings: one of AUTOMATIC1111's web UI, or diffusers' `learned_embeds`, whose tensors are
 * called like their words. `word` is another name for the only one. Throws a UserError where they have another width than
 * the text encoder's vectors.
 */
export async function readLearnedWords(
  host: Pick<Host, "open">,
  file: string,
  width: number,
  word?: string,
): Promise<LearnedWord[]> {
  const [folder, name] = splitPath(file);
  const weights = await Weights.open(host, folder, [name]);
  const all = [...weights.keys()];
  const own = unnamed.find((key) => all.includes(key));
  const keys = own === undefined ? all : [own];
  if (keys.length === 0) throw new UserError(`${file} holds no embedding`);
  if (word !== undefined && keys.length > 1)
    throw new UserError(`${file} holds ${keys.length} embeddings, which cannot all be called ${word}`);
  const words: LearnedWord[] = [];
  for (const key of keys) {
    const { shape } = weights.find(key)!;
    if (shape.length < 1 || shape.length > 2 || shape[0] === 0)
      throw new UserError(`${file}: ${key || "its tensor"} [${shape}] is no embedding`);
    if (shape.at(-1) !== width)
      throw new UserError(
        `${file} has vectors of width ${shape.at(-1)}, but the text encoder's are ${width} wide: it is of another model`,
      );
    const called = word ?? (key === own ? name.replace(/\.[^.]*$/, "") : key);
    words.push({ word: called, vectors: await weights.read(key) });
  }
  return words;
}
