import type { ListedPair, PairLists, UnreadableLine } from "../../../runtime/web-pictures.ts";
import { readArchive } from "./read-archive.ts";
import { readJsonLines } from "./read-json-lines.ts";
import { readParquet } from "./read-parquet.ts";
import { readTable } from "./read-table.ts";

const readers: readonly (readonly [endings: RegExp, read: PairLists["read"]])[] = [
  [/\.csv(\.gz)?$/i, (path, options) => readTable(path, ",", options)],
  [/\.(tsv|tab)(\.gz)?$/i, (path, options) => readTable(path, "\t", options)],
  [/\.(jsonl|ndjson)(\.gz)?$/i, readJsonLines],
  [/\.parquet$/i, readParquet],
  [/\.(warc|wat)(\.gz)?$/i, readArchive],
];

const readerOf = (path: string): PairLists["read"] | undefined => readers.find(([endings]) => endings.test(path))?.[1];

/** Tables, JSON lines, Parquet files and web archives. */
export const pairLists: PairLists = {
  matches: (path) => readerOf(path) !== undefined,
  async *read(path, options) {
    for await (const line of readerOf(path)!(path, options)) yield "problem" in line ? line : listed(line);
  },
};

/** Characters of the longest address. */
const longest = 8192;

/** A pair with its address as all write it, without what follows "#". */
function listed(pair: ListedPair): ListedPair | UnreadableLine {
  const where = pair.url.slice(0, 500);
  const url = pair.url.length <= longest && URL.canParse(pair.url) ? new URL(pair.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return { where, problem: "no http address" };
  url.hash = "";
  return { url: url.href, caption: pair.caption };
}
