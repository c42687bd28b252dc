import { input } from "../../graph/index.ts";
import { compile } from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Row, VectorTable } from "../../runtime/vector-table.ts";
import type { DeviceOptions } from "../model/diffusion-model.ts";
import { Groups, sameAbove } from "./groups.ts";
import { type Column, numberIn } from "./table.ts";

/** Rows that are compared with as many others at once. */
const block = 1024;

/** What is told of a picture that has a duplicate. */
export const shownOfDuplicates = ["id", "root", "path", "width", "height", "size"] as const satisfies readonly Column[];

export interface DuplicateOptions {
  readonly host: Host;
  readonly table: VectorTable;
  /** Cosine above which two pictures are joined. */
  readonly threshold?: number;
  readonly where?: string | undefined;
  readonly engine?: DeviceOptions;
  readonly signal?: AbortSignal;
}

export interface DuplicateProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Groups of near-duplicates: connected components of the pictures whose cosine is above the threshold. Every pair is
 * compared, so that time grows with the square of the rows. The largest picture of a group comes first.
 */
export async function* duplicates(options: DuplicateOptions): AsyncGenerator<DuplicateProgress, Row[][]> {
  const { host, table, threshold = sameAbove, where, engine = {}, signal } = options;
  const rows: Row[] = [];
  const pieces: Float32Array[] = [];
  for await (const { rows: some, vectors } of table.scanVectors(shownOfDuplicates, where)) {
    rows.push(...some);
    pieces.push(vectors.data);
  }
  const { width } = table;
  const all = joined(pieces);
  const groups = new Groups(rows.length);
  const [x, y] = [input("x", "f32", ["m", width]), input("y", "f32", ["n", width])];
  const compiled = await compile({ host, outputs: { cosines: x.matmul(y.transpose([1, 0])) }, ...engine });
  const from = (start: number) => {
    const end = Math.min(rows.length, start + block);
    return ndarray(all.subarray(start * width, end * width), [end - start, width]);
  };
  try {
    for (let i = 0; i < rows.length; i += block) {
      for (let j = 0; j <= i; j += block) {
        signal?.throwIfAborted();
        const { cosines } = await compiled.run({ x: from(i), y: from(j) });
        join(groups, cosines!.data as Float32Array, cosines!.shape[1]!, threshold, i, j);
      }
      yield { done: Math.min(rows.length, i + block), total: rows.length };
    }
  } finally {
    await compiled.close();
  }
  const pixels = (row: Row): number => numberIn(row, "width") * numberIn(row, "height");
  return groups.several().map((group) => group.map((i) => rows[i]!).sort((a, b) => pixels(b) - pixels(a)));
}

/** Joins the pairs in a block of cosines whose corner is of the rows i and j. */
function join(groups: Groups, cosines: Float32Array, columns: number, threshold: number, i: number, j: number): void {
  for (let at = 0; at < cosines.length; at++)
    if (cosines[at]! > threshold) groups.join(i + Math.floor(at / columns), j + (at % columns));
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
