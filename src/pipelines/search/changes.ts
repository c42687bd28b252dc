import { ndarray } from "../../runtime/ndarray.ts";
import type { Row, Rows, VectorTable } from "../../runtime/vector-table.ts";

/** Rows that are written at once: each write makes files of its own. */
const atOnce = 512;
/** Milliseconds after which those that wait are written too. */
const longestWait = 5_000;
/** Writes after which the table is tidied: each makes what later ones have to look through longer. */
const tidyAfter = 100;
/** Rows that are removed at once. */
const removedAtOnce = 1000;

interface Waiting {
  readonly row: Row;
  readonly vector: Float32Array;
}

/** Gathers changes of a table and writes many at a time. */
export class Changes {
  readonly #table: VectorTable;
  #next: number;
  #added: Waiting[] = [];
  #changed: Waiting[] = [];
  #written = performance.now();
  #writing: Promise<void> = Promise.resolve();
  /** Writes that were made. */
  count = 0;

  /** New rows are numbered from `next`. */
  constructor(table: VectorTable, next: number) {
    this.#table = table;
    this.#next = next;
  }

  /** A new row, or one in the place of that with its `id`. Waits for the last write but one. */
  async put(row: Row, isNew: boolean, vector: Float32Array): Promise<void> {
    if (isNew) this.#added.push({ row: { ...row, id: this.#next++ }, vector });
    else this.#changed.push({ row, vector });
    const waiting = this.#added.length + this.#changed.length;
    if (waiting < atOnce && performance.now() - this.#written < longestWait) return;
    await this.#writing;
    this.#writing = this.#write();
    // Whoever waits for it next is told.
    this.#writing.catch(() => {});
  }

  /** Writes what waits. */
  async write(): Promise<void> {
    await this.#writing;
    await this.#write();
  }

  async #write(): Promise<void> {
    const [added, changed] = [this.#added, this.#changed];
    this.#added = [];
    this.#changed = [];
    this.#written = performance.now();
    if (added.length > 0) await this.#table.add(this.#rows(added));
    if (changed.length > 0) await this.#table.replace(this.#rows(changed));
    if (added.length + changed.length > 0 && ++this.count % tidyAfter === 0) await this.#table.tidy();
  }

  async remove(ids: readonly number[]): Promise<void> {
    for (let start = 0; start < ids.length; start += removedAtOnce, this.count++)
      await this.#table.remove(ids.slice(start, start + removedAtOnce));
  }

  #rows(some: readonly Waiting[]): Rows {
    const { width } = this.#table;
    const vectors = new Float32Array(some.length * width);
    for (const [i, { vector }] of some.entries()) vectors.set(vector, i * width);
    return { rows: some.map(({ row }) => row), vectors: ndarray(vectors, [some.length, width]) };
  }
}
