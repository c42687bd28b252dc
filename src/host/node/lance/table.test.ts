import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ndarray } from "../../../runtime/ndarray.ts";
import type { Row, TableForm, VectorTable } from "../../../runtime/vector-table.ts";
import { createTable, openTable } from "./table.ts";

const form: TableForm = {
  columns: { id: "integer", name: "text", bytes: "bytes" },
  width: 2,
  about: { model: "m" },
};
let folder: string;
let table: VectorTable;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-"));
  table = await createTable(join(folder, "index"), form);
  await table.add({
    rows: [
      { id: 1, name: "east", bytes: Uint8Array.of(1, 2) },
      { id: 2, name: null, bytes: null },
      { id: 3, name: "west", bytes: Uint8Array.of() },
    ],
    vectors: ndarray(Float32Array.of(1, 0, 0.6, 0.8, -1, 0), [3, 2]),
  });
});
afterAll(() => {
  table.close();
  rmSync(folder, { recursive: true });
});

async function all(columns: string[], where?: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const some of table.scan(columns, where)) rows.push(...some);
  return rows.sort((a, b) => (a.id as number) - (b.id as number));
}

it("finds the nearest by cosine, with vectors where they are wanted", async () => {
  const found = await table.nearest(Float32Array.of(0, 1), { count: 2, columns: ["id", "bytes"], vectors: true });
  expect(found.map(({ row }) => row.id)).toEqual([2, 1]);
  expect(found[0]!.similarity).toBeCloseTo(0.8, 6);
  expect(found[0]!.vector).toEqual(Float32Array.of(0.6, 0.8));
  expect(found.map(({ row }) => row.bytes)).toEqual([null, Uint8Array.of(1, 2)]);
});

it("finds by a condition, and says in a line which are none", async () => {
  const found = await table.nearest(Float32Array.of(0, 1), { count: 3, columns: ["id"], where: "name = 'west'" });
  expect(found.map(({ row }) => row.id)).toEqual([3]);
  const wrong = table.nearest(Float32Array.of(0, 1), { count: 3, columns: ["id"], where: "colour = 'red'" });
  await expect(wrong).rejects.toThrow(/^[^\n]*index: [^\n]*colour[^\n]*$/);
  await expect(wrong).rejects.toHaveProperty("name", "UserError");
});

it("is the same when it is opened again", async () => {
  const again = (await openTable(join(folder, "index")))!;
  expect([again.about, again.width, await again.count()]).toEqual([{ model: "m" }, 2, 3]);
  again.close();
  expect(await openTable(join(folder, "none"))).toBeUndefined();
});

it("replaces and removes rows by their numbers", async () => {
  await table.replace({
    rows: [{ id: 2, name: "north", bytes: null }],
    vectors: ndarray(Float32Array.of(0, 1), [1, 2]),
  });
  expect(await all(["id", "name"], "id = 2")).toEqual([{ id: 2, name: "north" }]);
  await table.remove([1, 3]);
  await table.tidy();
  expect(await all(["id", "name"])).toEqual([{ id: 2, name: "north" }]);
});
