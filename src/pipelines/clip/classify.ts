import { UserError } from "../../errors.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import { atOnce, type ClipModel, type Embeddings, inTurns, similarities, softmax } from "./clip.ts";
import type { GivenPicture } from "./given-picture.ts";
import { embedLabels, type LabelSet } from "./labels.ts";

/** A label for a picture. */
export interface Guess {
  readonly label: string;
  readonly cosine: number;
  /** Of all labels, by the model's own temperature; of the label and the neutral text alone where labels are independent. */
  readonly share: number;
}

export interface ClassifyOptions {
  /**
   * Each label is judged by itself, so that a picture may show several: softmax between the label and the neutral text,
   * which is σ(scale·(cos(picture, label) − cos(picture, neutral))). No label's share depends on the others.
   */
  readonly independent?: boolean;
  /** Labels of a picture that are given, the likeliest first; all without. */
  readonly top?: number;
}

/** What pictures show, by the labels alone: all labels for each picture, the likeliest first. */
export async function classify(
  model: ClipModel,
  pictures: readonly GivenPicture[],
  labels: readonly string[],
  templates: readonly string[],
): Promise<Guess[][]> {
  const images = await model.embedImages(pictures);
  const embeddings = await embedLabels(model, labels, templates);
  return guess(model, images, { labels, embeddings, neutral: embeddings }, {});
}

function guess(model: ClipModel, images: Embeddings, set: LabelSet, options: ClassifyOptions): Guess[][] {
  const { labels, embeddings, neutral } = set;
  const { independent = false, top = labels.length } = options;
  const neutrals = independent ? similarities(images, neutral) : [];
  return similarities(images, embeddings).map((row, n) => {
    const shares = independent
      ? row.map((cosine) => softmax([cosine, neutrals[n]![0]!], model.scale)[0]!)
      : softmax(row, model.scale);
    const guesses = labels.map((label, i) => ({ label, cosine: row[i]!, share: shares[i]! }));
    return guesses.sort((a, b) => b.cosine - a.cosine).slice(0, top);
  });
}

/** What became of one picture of many. */
export type Classified<T> =
  | { readonly picture: T; readonly guesses: readonly Guess[] }
  | { readonly picture: T; readonly unreadable: string };

/** One of many pictures: where it is, and how to get it. */
export interface Source {
  readonly name: string;
  picture(): GivenPicture | Promise<GivenPicture>;
}

/**
 * Classifies pictures batch by batch, in their order; one that cannot be read is reported with its reason and the others go
 * on. A batch is decoded while the one before is embedded. No more than two batches are ever in memory.
 */
export async function* classifyAll<T extends Source>(
  model: ClipModel,
  pictures: readonly T[],
  set: LabelSet,
  options: ClassifyOptions = {},
): AsyncGenerator<Classified<T>> {
  const prepare = (start: number): Promise<Prepared<T>[]> =>
    inTurns(pictures.slice(start, start + atOnce.pictures), 2, (one) => prepared(model, one));
  let next = prepare(0);
  for (let start = 0; start < pictures.length; start += atOnce.pictures) {
    const some = await next;
    next = prepare(start + atOnce.pictures);
    next.catch(() => {}); // told when it is awaited
    const seen = some.flatMap((one) => ("pixels" in one ? [one.pixels] : []));
    const guesses = seen.length === 0 ? [] : guess(model, await model.embedPixels(seen), set, options);
    for (const one of some) yield "pixels" in one ? { picture: one.picture, guesses: guesses.shift()! } : one;
  }
}

type Prepared<T> =
  | { readonly picture: T; readonly pixels: NdArray<"f32"> }
  | { readonly picture: T; readonly unreadable: string };

async function prepared<T extends Source>(model: ClipModel, picture: T): Promise<Prepared<T>> {
  try {
    return { picture, pixels: await model.pixelsOf(await picture.picture(), picture.name) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { picture, unreadable: error.message };
  }
}
