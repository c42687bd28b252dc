import type { Table as ArrowTable, DataType, Schema } from "apache-arrow";
import type { NdArray } from "../../../runtime/ndarray.ts";
import { ndarray } from "../../../runtime/ndarray.ts";
import type { Cell, ColumnType, Row, Rows, TableForm } from "../../../runtime/vector-table.ts";
import type { Arrow } from "./load.ts";

/** Name of the column with the vectors. */
export const vectorColumn = "vector";

const typeOf = (arrow: Arrow, type: ColumnType): DataType =>
  type === "integer" ? new arrow.Int32() : type === "text" ? new arrow.Utf8() : new arrow.Binary();

export function schemaOf(arrow: Arrow, { columns, width, about }: TableForm): Schema {
  const item = new arrow.Field("item", new arrow.Float32(), true);
  const fields = Object.entries(columns).map(([name, type]) => new arrow.Field(name, typeOf(arrow, type), true));
  const vector = new arrow.Field(vectorColumn, new arrow.FixedSizeList(width, item), true);
  return new arrow.Schema([...fields, vector], new Map(Object.entries(about)));
}

/** Rows as Arrow has them, column by column; the vectors' numbers are not copied. */
export function toArrow(arrow: Arrow, schema: Schema, { rows, vectors }: Rows): ArrowTable {
  const { length } = rows;
  const children = schema.fields.map(({ name, type }) => {
    if (name !== vectorColumn)
      return arrow.vectorFromArray(
        rows.map((row) => row[name] ?? null),
        type,
      ).data[0]!;
    const { data } = vectors;
    const child = arrow.makeData({ type: new arrow.Float32(), length: data.length, nullCount: 0, data });
    return arrow.makeData({ type: type as InstanceType<Arrow["FixedSizeList"]>, length, nullCount: 0, child });
  });
  const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

/** An Arrow batch or table, of this package's copy of Arrow or of LanceDB's. */
export interface Batch {
  readonly numRows: number;
  getChild(name: string): { get(i: number): unknown } | null;
}

export function toRows(batch: Batch, columns: readonly string[]): Row[] {
  const vectors = columns.map((name) => [name, batch.getChild(name)] as const);
  return Array.from({ length: batch.numRows }, (_, i) =>
    Object.fromEntries(vectors.map(([name, vector]) => [name, (vector?.get(i) ?? null) as Cell])),
  );
}

export function toVectors(batch: Batch, width: number): NdArray<"f32"> {
  const data = new Float32Array(batch.numRows * width);
  const lists = batch.getChild(vectorColumn) as { get(i: number): { toArray(): Float32Array } };
  for (let i = 0; i < batch.numRows; i++) data.set(lists.get(i).toArray(), i * width);
  return ndarray(data, [batch.numRows, width]);
}
