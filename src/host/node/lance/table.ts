import type { Connection, Table } from "@lancedb/lancedb";
import type { FixedSizeList } from "apache-arrow";
import { UserError } from "../../../errors.ts";
import type { ColumnType, Found, Nearest, Row, Rows, TableForm, VectorTable } from "../../../runtime/vector-table.ts";
import { type Batch, schemaOf, toArrow, toRows, toVectors, vectorColumn } from "./columns.ts";
import { type Arrow, type Lance, loadLance } from "./load.ts";

/** The one table of an index. */
const tableName = "pictures";

/**
 * Squares of Euclidean distances, 2 - 2 cos between vectors of length 1. By "dot" LanceDB 0.31's graph index finds hardly
 * any of the nearest.
 */
const distance = "l2";

/** Breadth of the search in the graph: more finds more of the nearest, slower. */
const breadth = (count: number): number => Math.max(256, 4 * count);

/** Milliseconds that former versions stay for those who read them, and take room. */
const kept = 3_600_000;

/** What LanceDB says, on one line and without the places in its source. */
async function told<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const [line = ""] = (error as Error).message
      .replace(/^.*?lance error: (\w+( \w+)*: )*/is, "")
      .split(/, \S+\.rs:\d+|\n/);
    throw new UserError(`${name}: ${line.trim()}`, { cause: error });
  }
}

/** Opens the table in a folder or at a URI such as `s3://bucket/index`; undefined where there is none. */
export async function openTable(uri: string): Promise<VectorTable | undefined> {
  const { lance, arrow } = await loadLance();
  return told(uri, async () => {
    const connection = await lance.connect(uri);
    const names = await connection.tableNames();
    if (!names.includes(tableName)) {
      connection.close();
      return undefined;
    }
    return LanceTable.of(uri, { lance, arrow, connection }, await connection.openTable(tableName));
  });
}

/** Makes an empty table where there is none. */
export async function createTable(uri: string, form: TableForm): Promise<VectorTable> {
  const { lance, arrow } = await loadLance();
  return told(uri, async () => {
    const connection = await lance.connect(uri);
    const table = await connection.createEmptyTable(tableName, schemaOf(arrow, form), { mode: "create" });
    return LanceTable.of(uri, { lance, arrow, connection }, table);
  });
}

interface Loaded {
  readonly lance: Lance;
  readonly arrow: Arrow;
  readonly connection: Connection;
}

class LanceTable implements VectorTable {
  readonly name: string;
  readonly width: number;
  readonly about: Readonly<Record<string, string>>;
  readonly #form: TableForm;
  readonly #table: Table;
  readonly #loaded: Loaded;

  private constructor(name: string, loaded: Loaded, table: Table, form: TableForm) {
    this.name = name;
    this.width = form.width;
    this.about = form.about;
    this.#form = form;
    this.#table = table;
    this.#loaded = loaded;
  }

  static async of(name: string, loaded: Loaded, table: Table): Promise<LanceTable> {
    const { fields, metadata } = await table.schema();
    const vector = fields.find((field) => field.name === vectorColumn);
    if (!vector) throw new UserError(`${name} is no index of pictures: its table has no vectors`);
    const columns = Object.fromEntries(
      fields.filter((field) => field !== vector).map((field) => [field.name, columnType(String(field.type))]),
    );
    const width = (vector.type as FixedSizeList).listSize;
    return new LanceTable(name, loaded, table, { columns, width, about: Object.fromEntries(metadata) });
  }

  count(where?: string): Promise<number> {
    return this.#told(() => this.#table.countRows(where));
  }

  async add(rows: Rows): Promise<void> {
    await this.#told(() => this.#table.add(this.#arrow(rows)));
  }

  async replace(rows: Rows): Promise<void> {
    const merge = this.#table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll();
    await this.#told(() => merge.execute(this.#arrow(rows)));
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#told(() => this.#table.delete(`id IN (${ids.join(", ")})`));
  }

  async *scan(columns: readonly string[], where?: string): AsyncGenerator<readonly Row[]> {
    for await (const batch of this.#batches(columns, where)) yield toRows(batch, columns);
  }

  async *scanVectors(columns: readonly string[], where?: string): AsyncGenerator<Rows> {
    for await (const batch of this.#batches([...columns, vectorColumn], where))
      yield { rows: toRows(batch, columns), vectors: toVectors(batch, this.width) };
  }

  async *#batches(columns: readonly string[], where?: string): AsyncGenerator<Batch> {
    const query = this.#table.query().select([...columns]);
    if (where !== undefined) query.where(where);
    const batches = query[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.#told(() => batches.next());
      if (done) return;
      yield value as Batch;
    }
  }

  nearest(vector: Float32Array, options: Nearest): Promise<Found[]> {
    const { count, columns, where, exact = false, vectors = false } = options;
    return this.#told(async () => {
      const query = this.#table.query().nearestTo(vector).distanceType(distance).limit(count);
      // The index holds rounded vectors: three times as many candidates are compared by the true ones.
      if (exact) query.bypassVectorIndex();
      else query.ef(breadth(count)).refineFactor(3);
      if (where !== undefined) query.where(where);
      const wanted = [...columns, "_distance", ...(vectors ? [vectorColumn] : [])];
      const table = (await query.select(wanted).toArrow()) as Batch;
      const distances = toRows(table, ["_distance"]);
      const found = vectors ? toVectors(table, this.width).data : undefined;
      return toRows(table, columns).map((row, i) => ({
        row,
        similarity: 1 - (distances[i]!._distance as number) / 2,
        ...(found && { vector: found.subarray(i * this.width, (i + 1) * this.width) }),
      }));
    });
  }

  async tidy(): Promise<void> {
    const cleanupOlderThan = new Date(Date.now() - kept);
    await this.#told(() => this.#table.optimize({ cleanupOlderThan }));
  }

  async approximate(): Promise<void> {
    const { Index } = this.#loaded.lance;
    await this.#told(() =>
      this.#table.createIndex(vectorColumn, { config: Index.hnswSq({ distanceType: distance, efConstruction: 150 }) }),
    );
  }

  async isApproximate(): Promise<boolean> {
    const indices = await this.#told(() => this.#table.listIndices());
    return indices.some(({ columns }) => columns.includes(vectorColumn));
  }

  close(): void {
    this.#table.close();
    this.#loaded.connection.close();
  }

  #arrow(rows: Rows) {
    const { arrow } = this.#loaded;
    return toArrow(arrow, schemaOf(arrow, this.#form), rows);
  }

  #told<T>(work: () => Promise<T>): Promise<T> {
    return told(this.name, work);
  }
}

const columnType = (type: string): ColumnType => (type === "Utf8" ? "text" : type === "Binary" ? "bytes" : "integer");
