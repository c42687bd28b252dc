import { type ClipModel, similarities, softmax } from "./clip.ts";
import type { GivenPicture } from "./given-picture.ts";

/** How alike pictures and texts are; all matrices have a row for each picture and a column for each text. */
export interface Comparison {
  /** From −1 to 1. */
  readonly cosines: number[][];
  /** Softmax of a row at the model's temperature: which text a picture goes with. */
  readonly textShares: number[][];
  /** Softmax of a column: which picture a text goes with. */
  readonly pictureShares: number[][];
}

/** Compares each picture with each text. Throws a UserError that names the first picture which cannot be read. */
export async function compare(
  model: ClipModel,
  pictures: readonly GivenPicture[],
  texts: readonly string[],
): Promise<Comparison> {
  const cosines = similarities(await model.embedImages(pictures), await model.embedTexts(texts));
  const columns = texts.map((_, j) =>
    softmax(
      cosines.map((row) => row[j]!),
      model.scale,
    ),
  );
  return {
    cosines,
    textShares: cosines.map((row) => softmax(row, model.scale)),
    pictureShares: cosines.map((_, i) => columns.map((column) => column[i]!)),
  };
}
