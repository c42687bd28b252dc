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

/** Lengths are multiples of this. */
const step = 4;

/**
 * Batches of texts of one length each, from what the tokenizer made of each: token ids, filled up with `pad`. Nothing looks at
 * what follows a text and its end, so that it is cut behind them. Where it is cut depends on it alone, and so does each bit
 * of its embedding: the engine adds in another order at another length, but not among more texts.
 */
export function textBatches(texts: readonly (readonly number[])[], pad: number): TextBatch[] {
  const lengths = texts.map((ids) => lengthOf(ids, pad));
  return [...new Set(lengths)].flatMap((length) => {
    const alike = [...texts.keys()].filter((place) => lengths[place] === length);
    const most = Math.max(Math.floor(atOnce / length), 1);
    return Array.from({ length: Math.ceil(alike.length / most) }, (_, i) => {
      const places = alike.slice(i * most, (i + 1) * most);
      return { places, ids: places.flatMap((place) => texts[place]!.slice(0, length)), length };
    });
  });
}

/** Tokens up to a text's end and one more, its end where texts are filled up with ends. */
function lengthOf(ids: readonly number[], pad: number): number {
  const tokens = ids.findLastIndex((id) => id !== pad) + 2;
  return Math.min(Math.ceil(tokens / step) * step, ids.length);
}
