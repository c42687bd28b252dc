import type { Row, VectorTable } from "../../runtime/vector-table.ts";
import { firstOfEach } from "./groups.ts";
import { type Column, numberIn, textIn } from "./table.ts";

/** A picture that was found. */
export interface Hit {
  readonly id: number;
  /** Cosine with what was looked for. */
  readonly similarity: number;
  /** Root and path. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly caption?: string;
  readonly taken?: string;
  readonly camera?: string;
  /** WebP. */
  readonly thumbnail: Uint8Array;
}

export interface SearchOptions {
  /** Hits, 10 by default. */
  readonly count?: number;
  /** A condition in SQL over the table's columns: `width > 100 AND caption LIKE '%apple%'`. */
  readonly where?: string | undefined;
  /** Leaves out pictures whose cosine with a better hit, directly or by way of others, is above 0.94. */
  readonly deduplicate?: boolean;
}

const shown = [
  "id",
  "root",
  "path",
  "width",
  "height",
  "caption",
  "taken",
  "camera",
  "thumbnail",
] as const satisfies readonly Column[];

/** The pictures nearest to a vector of length 1 (`queryVector`), the nearest first. Throws a UserError. */
export async function search(
  table: VectorTable,
  vector: Float32Array,
  { count = 10, where, deduplicate = false }: SearchOptions = {},
): Promise<Hit[]> {
  const found = await table.nearest(vector, { count, columns: shown, where, vectors: deduplicate });
  const hits = found.map(({ row, similarity }) => hitOf(row, similarity));
  if (!deduplicate) return hits;
  return firstOfEach(found.map((one) => one.vector!)).map((i) => hits[i]!);
}

function hitOf(row: Row, similarity: number): Hit {
  const [caption, taken, camera] = [textIn(row, "caption"), textIn(row, "taken"), textIn(row, "camera")];
  return {
    id: numberIn(row, "id"),
    similarity,
    file: `${textIn(row, "root")}/${textIn(row, "path")}`,
    width: numberIn(row, "width"),
    height: numberIn(row, "height"),
    ...(caption !== undefined && { caption }),
    ...(taken !== undefined && { taken }),
    ...(camera !== undefined && { camera }),
    thumbnail: row.thumbnail as Uint8Array,
  };
}
