import type { VectorTable } from "../../runtime/vector-table.ts";

/** Rows from which an approximate index is built. */
const manyRows = 50_000;
/** Queries that recall is measured by, and the nearest of each. */
const [queries, nearest] = [40, 10];

/** How many of the truly nearest rows the approximate index finds. */
export interface Recall {
  /** Share, 0 to 1. */
  readonly found: number;
  /** Of how many for each query. */
  readonly nearest: number;
}

/** Gives a large table an approximate index and measures what it finds; undefined for a small one. */
export async function speedUp(table: VectorTable): Promise<Recall | undefined> {
  if (!(await table.isApproximate())) {
    if ((await table.count()) < manyRows) return undefined;
    await table.approximate();
  }
  return { found: await recall(table), nearest };
}

/** Of the nearest rows to some of the table's own, those that a search by the approximate index gives too. */
async function recall(table: VectorTable): Promise<number> {
  const step = Math.max(1, Math.floor((await table.count()) / queries));
  let [seen, found, asked] = [0, 0, 0];
  for await (const { vectors } of table.scanVectors(["id"]))
    for (let i = 0; i < vectors.shape[0]!; i++, seen++) {
      if (seen % step !== 0) continue;
      const vector = vectors.data.slice(i * table.width, (i + 1) * table.width);
      const ids = async (exact: boolean): Promise<unknown[]> =>
        (await table.nearest(vector, { count: nearest, columns: ["id"], exact })).map(({ row }) => row.id);
      const right = await ids(true);
      const given = new Set(await ids(false));
      found += right.filter((id) => given.has(id)).length;
      asked += right.length;
    }
  return found / Math.max(1, asked);
}
