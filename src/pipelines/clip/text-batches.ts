/** Texts that go through a tower together. */
export interface TextBatch {
  /** Where each stands among those given. */
  readonly places: readonly number[];
  /** Token ids, (texts length). */
  readonly ids: readonly number[];
  readonly length: number;
}

/** Tokens that go through a tower at once. */
const atOnce = 1024;

/**
 * Batches of texts of like lengths, from what the tokenizer made of each: token ids, filled up with `pad`. Nothing looks at
 * what follows a text, so that each batch is only as long as its longest text with one token more, its end where texts are
 * filled up with ends.
 */
export function textBatches(texts: readonly (readonly number[])[], pad: number): TextBatch[] {
  const longestFirst = texts
    .map((ids, place) => ({ ids, place, length: Math.min(ids.findLastIndex((id) => id !== pad) + 2, ids.length) }))
    .sort((a, b) => b.length - a.length);
  const batches: TextBatch[] = [];
  for (let start = 0; start < longestFirst.length; ) {
    const { length } = longestFirst[start]!;
    const batch = longestFirst.slice(start, start + Math.max(Math.floor(atOnce / length), 1));
    batches.push({
      places: batch.map(({ place }) => place),
      ids: batch.flatMap(({ ids }) => ids.slice(0, length)),
      length,
    });
    start += batch.length;
  }
  return batches;
}
