import { UserError } from "../../errors.ts";
import type { ClipModel } from "../clip/clip.ts";
import type { GivenPicture } from "../clip/given-picture.ts";

/** Something to look for: words, a picture or a vector; less of it where the weight is negative. */
export type Term = { readonly weight?: number } & (
  | { readonly text: string }
  | { readonly picture: GivenPicture }
  | { readonly vector: Float32Array }
);

/** The vector with length 1. Throws a UserError where it has none. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (!(length > 1e-6 && length < Infinity))
    throw new UserError("what is looked for cancels out: leave out some of the words or pictures");
  return vector.map((value) => value / length);
}

/** The sum of unit vectors times their weights, at length 1: `like this, but at night`. */
export function combine(terms: readonly { readonly vector: Float32Array; readonly weight: number }[]): Float32Array {
  const sum = new Float32Array(terms[0]?.vector.length ?? 0);
  for (const { vector, weight } of terms) for (let i = 0; i < sum.length; i++) sum[i]! += weight * vector[i]!;
  return unitVector(sum);
}

/**
 * What to look for as one vector of length 1. Each of `leans` then turns it a little, q ← normalise(q + w·e), as
 * clip-retrieval does for what is thought beautiful. Throws a UserError where nothing is left, or for a bad picture.
 */
export async function queryVector(
  model: ClipModel,
  terms: readonly Term[],
  leans: readonly Term[] = [],
): Promise<Float32Array> {
  const vectorOf = async (term: Term): Promise<Float32Array> => {
    if ("text" in term) return (await model.embedTexts([term.text])).data;
    if ("picture" in term) return (await model.embedImages([term.picture])).data;
    const { length } = term.vector;
    if (length !== model.config.projection)
      throw new UserError(`a vector of ${length} numbers was given, but the model's have ${model.config.projection}`);
    return unitVector(term.vector);
  };
  const weighed = (some: readonly Term[]) =>
    Promise.all(some.map(async (term) => ({ vector: await vectorOf(term), weight: term.weight ?? 1 })));
  let query = combine(await weighed(terms));
  for (const lean of await weighed(leans)) query = combine([{ vector: query, weight: 1 }, lean]);
  return query;
}
