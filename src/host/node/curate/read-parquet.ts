import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { UserError } from "../../../errors.ts";
import type { ListedPair, ListOptions, UnreadableLine } from "../../../runtime/web-pictures.ts";
import { openFile } from "../files.ts";
import { findColumns } from "./columns.ts";

/** Rows that are read at once. */
const atOnce = 10_000;

/** Besides Snappy, which the library brings. */
const compressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
};

/** Rows of a Parquet file. */
export async function* readParquet(path: string, options: ListOptions): AsyncGenerator<ListedPair | UnreadableLine> {
  const source = await openFile(path);
  const file: AsyncBuffer = {
    byteLength: source.size,
    slice: async (start, end = source.size) => {
      const bytes = await source.read(start, Math.min(end, source.size));
      return bytes.buffer as ArrayBuffer;
    },
  };
  const metadata = await readable(path, () => parquetMetadataAsync(file));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = findColumns(names, options, path);
  let groupStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const groupEnd = groupStart + Number(num_rows);
    for (let rowStart = groupStart; rowStart < groupEnd; rowStart += atOnce) {
      const range = { rowStart, rowEnd: Math.min(groupEnd, rowStart + atOnce) };
      const wanted = { file, metadata, compressors, columns: [columns.url, columns.caption], ...range };
      const rows = await readable(path, () => parquetReadObjects(wanted));
      for (const [i, row] of rows.entries()) {
        const [url, caption] = [row[columns.url], row[columns.caption]];
        if (typeof url === "string" && typeof caption === "string") yield { url, caption };
        else yield { where: `${path}, row ${rowStart + i + 1}`, problem: "row without URL or caption" };
      }
    }
    groupStart = groupEnd;
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${path} cannot be read as Parquet (${(error as Error).message.split("\n")[0]}): write it anew with Snappy, gzip or Brotli`,
    );
  }
}
