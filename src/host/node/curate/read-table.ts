import { pipeline, Readable } from "node:stream";
import { type Info, parse } from "csv-parse";
import type { ListedPair, ListOptions, UnreadableLine } from "../../../runtime/web-pictures.ts";
import { findColumns, looksLikeUrl } from "./columns.ts";
import { bytesOf } from "./streams.ts";

/** Characters of the longest row: a quote that nobody closed would take all that follows. */
const longest = 2 ** 20;

interface Places {
  readonly url: number;
  readonly caption: number;
}

/** Rows of a table: separated by commas, with quotes where need be, or by tabs. Names of columns may stand above. */
export async function* readTable(
  path: string,
  delimiter: "," | "\t",
  options: ListOptions,
): AsyncGenerator<ListedPair | UnreadableLine> {
  const parser = parse({
    delimiter,
    quote: delimiter === "," ? '"' : null,
    bom: true,
    record_delimiter: ["\r\n", "\n"],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longest,
    info: true,
  });
  const rows = pipeline(Readable.from(bytesOf(path)), parser, () => {});
  let places: Places | undefined;
  let line = 0;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: Info }>) {
      line = info.lines;
      const isFirst = places === undefined;
      places ??= placesIn(record, options, path);
      if (isFirst && !record.some(looksLikeUrl)) continue;
      const [url, caption] = [record[places.url], record[places.caption]];
      if (url === undefined || caption === undefined) yield unreadable("row without URL or caption");
      else yield { url, caption };
    }
  } catch (error) {
    if (!/^CSV_/.test((error as { code?: string }).code ?? "")) throw error;
    yield unreadable("row that never ends, and all after it");
  }

  function unreadable(problem: string): UnreadableLine {
    return { where: `${path}, line ${line}`, problem };
  }
}

/** Where URL and caption stand: as the first row names them, or where it has a URL itself. */
function placesIn(first: readonly string[], options: ListOptions, path: string): Places {
  const url = first.findIndex(looksLikeUrl);
  if (url < 0) {
    const names = findColumns(first, options, path);
    return { url: first.indexOf(names.url), caption: first.indexOf(names.caption) };
  }
  return { url, caption: url === 0 ? 1 : 0 };
}
