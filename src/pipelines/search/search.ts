import type { Found, VectorTable } from "../../runtime/vector-table.ts";
import { type Head, scoreBy } from "../clip/head.ts";
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
  /** What the head says, where one was given. */
  readonly score?: number;
  /** A small PNG, JPEG or WebP. */
  readonly thumbnail: Uint8Array;
}

export interface SearchOptions {
  /** Hits, 10 by default. */
  readonly count?: number;
  /** A condition in SQL over the table's columns: `width > 100 AND caption LIKE '%apple%'`. */
  readonly where?: string | undefined;
  /** Leaves out pictures whose cosine with a better hit, directly or by way of others, is above 0.94. */
  readonly deduplicate?: boolean;
  /** Scores what is found. */
  readonly head?: Head | undefined;
}

/** Candidates that near-duplicates are looked for among. */
const mostCandidates = 1024;

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
  { count = 10, where, deduplicate = false, head }: SearchOptions = {},
): Promise<Hit[]> {
  const vectors = deduplicate || head !== undefined;
  const nearest = (most: number): Promise<Found[]> =>
    table.nearest(vector, { count: most, columns: shown, where, vectors });
  const found = deduplicate ? await distinct(nearest, count) : await nearest(count);
  return found.map((one) => hitOf(one, head));
}

/** Looks farther until there are enough that differ. */
async function distinct(nearest: (most: number) => Promise<Found[]>, count: number): Promise<Found[]> {
  for (let most = 2 * count; ; most *= 4) {
    const found = await nearest(most);
    const kept = firstOfEach(found.map((one) => one.vector!)).map((i) => found[i]!);
    if (kept.length >= count || found.length < most || most >= mostCandidates) return kept.slice(0, count);
  }
}

function hitOf({ row, similarity, vector }: Found, head: Head | undefined): Hit {
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
    ...(head && { score: scoreBy(head, vector!) }),
    thumbnail: row.thumbnail as Uint8Array,
  };
}
