import { parquetReadObjects } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { Row } from "./row.ts";

type Type = NonNullable<ColumnSource["type"]>;

const types: Readonly<Record<keyof Row, Type>> = {
  key: "STRING",
  url: "STRING",
  caption: "STRING",
  status: "STRING",
  error_message: "STRING",
  width: "INT32",
  height: "INT32",
  original_width: "INT32",
  original_height: "INT32",
  sha256: "STRING",
  similarity: "FLOAT",
  punsafe: "FLOAT",
  aesthetic: "FLOAT",
  language: "STRING",
  hash: "INT64",
  phash: "STRING",
  colours: "BYTE_ARRAY",
};

/** A shard's rows as a Parquet file. */
export function encodeRows(rows: readonly Row[]): Uint8Array {
  const columnData = Object.entries(types).map(([name, type]) => ({
    name,
    type,
    data: rows.map((row) => row[name as keyof Row]),
    nullable: !["key", "url", "caption", "status", "language", "hash"].includes(name),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** The rows of such a file, or some columns of them. */
export async function decodeRows<C extends keyof Row = keyof Row>(
  bytes: Uint8Array,
  columns: readonly C[] = Object.keys(types) as C[],
): Promise<Pick<Row, C>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  return (await parquetReadObjects({ file, columns: [...columns], utf8: false })) as Pick<Row, C>[];
}
