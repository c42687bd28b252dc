import { dot, type Features, rowOf } from "./features.ts";
import { rankOf, topK } from "./ranking.ts";

/** Shares of pairs whose other half is first, among five, and among ten. */
export interface Recall {
  readonly at1: number;
  readonly at5: number;
  readonly at10: number;
}

export interface RetrievalFigures {
  readonly pairs: number;
  /** Different captions. */
  readonly captions: number;
  /** By a picture among all captions, and by a caption among all pictures. Every half with the same caption is right. */
  readonly imageToText: Recall;
  readonly textToImage: Recall;
  /** Zero-shot recognition: the picture's caption among the different ones, each once. */
  readonly zeroShot: Pick<Recall, "at1" | "at5">;
}

/** How well n pictures and n texts find each other, row i of one belonging to row i of the other. All are of length 1. */
export function retrieval(images: Features, texts: Features, captions: readonly string[]): RetrievalFigures {
  const firsts = [...new Map(captions.map((caption, i) => [caption, i] as const).reverse()).entries()].reverse();
  const places = new Map(firsts.map(([caption], place) => [caption, place]));
  const ranks = { imageToText: [] as number[], textToImage: [] as number[], zeroShot: [] as number[] };
  for (const [i, caption] of captions.entries()) {
    const isRight = (j: number): boolean => captions[j] === caption;
    const image = rowOf(images, i);
    const toTexts = captions.map((_, j) => dot(image, rowOf(texts, j)));
    const toImages = captions.map((_, j) => dot(rowOf(images, j), rowOf(texts, i)));
    ranks.imageToText.push(rankOfBest(toTexts, isRight));
    ranks.textToImage.push(rankOfBest(toImages, isRight));
    ranks.zeroShot.push(
      rankOf(
        firsts.map(([, j]) => toTexts[j]!),
        places.get(caption)!,
      ),
    );
  }
  const recall = (of: readonly number[]): Recall => ({ at1: topK(of, 1), at5: topK(of, 5), at10: topK(of, 10) });
  const { at1, at5 } = recall(ranks.zeroShot);
  return {
    pairs: captions.length,
    captions: firsts.length,
    imageToText: recall(ranks.imageToText),
    textToImage: recall(ranks.textToImage),
    zeroShot: { at1, at5 },
  };
}

/** Place of the best right answer among the wrong ones; wrong answers that score the same count before it. */
function rankOfBest(scores: readonly number[], isRight: (j: number) => boolean): number {
  const best = Math.max(...scores.filter((_, j) => isRight(j)));
  return scores.filter((score, j) => !isRight(j) && !(score < best)).length;
}
