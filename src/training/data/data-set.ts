import { picturesToTensor } from "../../image/tensor.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import type { Examples } from "./examples.ts";

/** Batches by number, each a pure function of seed and number: a resumed run sees what it would have seen. */
export interface DataSet {
  batch(index: number): Promise<Record<string, NdArray>>;
  close(): Promise<void>;
}

/** Captions → (n, positions) token ids. */
export type Tokenize = (captions: readonly string[]) => NdArray<"i64">;

/** One batch before tokenization. */
export interface RawBatch {
  /** (n, 3, edge, edge) in [-1, 1]. */
  readonly pixels: NdArray<"f32">;
  readonly captions: readonly string[];
}

/** Examples index·n … index·n + n-1 of a sequence. */
export async function rawBatch(examples: Examples, n: number, index: number): Promise<RawBatch> {
  const some = await Promise.all(Array.from({ length: n }, (_, i) => examples.example(index * n + i)));
  return { pixels: picturesToTensor(some.map(({ picture }) => picture)), captions: some.map((e) => e.caption) };
}

/** What a graph is fed: `pixels` (n, 3, h, w) in [-1, 1] and, where a tokenizer is given, `ids` (n, positions). */
export const feedsOf = ({ pixels, captions }: RawBatch, tokenize?: Tokenize): Record<string, NdArray> =>
  tokenize === undefined ? { pixels } : { pixels, ids: tokenize(captions) };
