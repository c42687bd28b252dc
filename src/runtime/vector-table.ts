import type { NdArray } from "./ndarray.ts";

/** A cell of a table; text and bytes may be missing. */
export type Cell = string | number | Uint8Array | null;

/** Cells by the names of their columns. */
export type Row = Readonly<Record<string, Cell>>;

export type ColumnType = "integer" | "text" | "bytes";

/** What a new table is to hold. */
export interface TableForm {
  /** Beside the vectors. One is `id`, a whole number of its own for each row. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Numbers in a vector. */
  readonly width: number;
  /** Kept with the table. */
  readonly about: Readonly<Record<string, string>>;
}

/** Rows of a table and their vectors, (n width). */
export interface Rows {
  readonly rows: readonly Row[];
  readonly vectors: NdArray<"f32">;
}

export interface Nearest {
  readonly count: number;
  readonly columns: readonly string[];
  /** A condition in SQL: `width > 100 AND caption LIKE '%apple%'`. */
  readonly where?: string | undefined;
  /** Compares with every row, even where there is an approximate index. */
  readonly exact?: boolean;
  /** Whether the vectors of what is found are wanted too. */
  readonly vectors?: boolean;
}

/** A row that was found. */
export interface Found {
  readonly row: Row;
  /** Cosine of its vector with the one that was asked for. */
  readonly similarity: number;
  /** Where it was asked for. */
  readonly vector?: Float32Array;
}

/**
 * A table of rows with vectors of length 1, on a disk or in object storage. Each change is made whole or not at all,
 * whenever the program ends. What goes wrong is a UserError.
 */
export interface VectorTable {
  /** What messages call it: a folder or URI. */
  readonly name: string;
  readonly width: number;
  readonly about: Readonly<Record<string, string>>;
  count(where?: string): Promise<number>;
  add(rows: Rows): Promise<void>;
  /** Puts rows in the place of those with the same `id`. */
  replace(rows: Rows): Promise<void>;
  remove(ids: readonly number[]): Promise<void>;
  /** All rows, in pieces. */
  scan(columns: readonly string[], where?: string): AsyncIterable<readonly Row[]>;
  /** All rows with their vectors, in pieces. */
  scanVectors(columns: readonly string[], where?: string): AsyncIterable<Rows>;
  nearest(vector: Float32Array, options: Nearest): Promise<Found[]>;
  /** Joins the pieces that changes left, and brings an approximate index up to date where there is one. */
  tidy(): Promise<void>;
  /** Builds an approximate index: searches then look at a part of the rows. */
  approximate(): Promise<void>;
  isApproximate(): Promise<boolean>;
  close(): void;
}
