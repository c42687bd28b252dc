import { createTable } from "../../src/host/node/lance/table.ts";
import { type Recall, speedUp } from "../../src/pipelines/search/recall.ts";
import { search } from "../../src/pipelines/search/search.ts";
import { formOf } from "../../src/pipelines/search/table.ts";
import { normal } from "../../src/random/philox.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import type { VectorTable } from "../../src/runtime/vector-table.ts";
import { median } from "../report.ts";

const things = 2000;
const thumbnail = new Uint8Array(2000);

/** Vectors around two thousand others, as pictures lie around what they show: of length 1, (count width). */
function vectors(seed: number, count: number, width: number): Float32Array {
  const centres = normal(7, 0, things * width);
  const data = normal(seed, 1, count * width);
  for (let row = 0; row < count; row++) {
    const own = data.subarray(row * width, (row + 1) * width);
    const centre = ((row * 7919) % things) * width;
    for (let i = 0; i < width; i++) own[i] = centres[centre + i]! + 0.7 * own[i]!;
    const length = Math.hypot(...own);
    for (let i = 0; i < width; i++) own[i]! /= length;
  }
  return data;
}

export interface QuerySpeed {
  readonly rows: number;
  /** Milliseconds of ten hits with captions and thumbnails: the median, and what 95 of 100 take at most. */
  readonly median: number;
  readonly most: number;
  /** The same where every row is compared. */
  readonly exact: number;
  readonly recall: Recall | undefined;
  /** Seconds to add the rows, and to build the approximate index. */
  readonly adding: number;
  readonly indexing: number;
}

/** How fast a large index answers. */
export async function querySpeed(index: string, rows: number, width: number): Promise<QuerySpeed> {
  const table = await createTable(index, formOf({ name: "made up", digest: "none" }, width));
  const began = performance.now();
  for (let start = 0; start < rows; start += 10_000)
    await table.add(some(start, Math.min(rows, start + 10_000), width));
  const added = performance.now();
  const recall = await speedUp(table);
  const indexed = performance.now();
  const asked = vectors(9, 120, width);
  const query = (i: number): Float32Array => asked.slice(i * width, (i + 1) * width);
  const times: number[] = [];
  for (let i = 0; i < 120; i++) {
    const from = performance.now();
    await search(table, query(i));
    // The first ones read the index from the disk.
    if (i >= 20) times.push(performance.now() - from);
  }
  const exact: number[] = [];
  for (let i = 0; i < 10; i++) exact.push(await time(table, query(i)));
  table.close();
  return {
    rows,
    median: median(times),
    most: times.toSorted((a, b) => a - b)[Math.floor(0.95 * times.length)]!,
    exact: median(exact),
    recall,
    adding: (added - began) / 1000,
    indexing: (indexed - added) / 1000,
  };
}

async function time(table: VectorTable, vector: Float32Array): Promise<number> {
  const from = performance.now();
  await table.nearest(vector, { count: 10, columns: ["id", "path", "caption", "thumbnail"], exact: true });
  return performance.now() - from;
}

function some(start: number, end: number, width: number) {
  const shared = { root: "/pictures", sha256: "0".repeat(64), width: 640, height: 480, size: 90_000, format: "jpeg" };
  const rows = Array.from({ length: end - start }, (_, i) => ({
    ...{
      ...shared,
      id: start + i + 1,
      path: `${start + i}.jpg`,
      caption: `a picture of thing ${(start + i) % things}`,
    },
    ...{ taken: null, camera: null, thumbnail },
  }));
  return { rows, vectors: ndarray(vectors(start + 10, end - start, width), [end - start, width]) };
}
