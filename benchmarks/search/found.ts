import type { ClipModel } from "../../src/pipelines/clip/clip.ts";
import { queryVector } from "../../src/pipelines/search/query.ts";
import { textIn } from "../../src/pipelines/search/table.ts";
import type { VectorTable } from "../../src/runtime/vector-table.ts";

/** Pictures `hand/thing.png`. */
const thingOf = (path: string): string => path.slice(path.indexOf("/") + 1);

/** Shares of pictures that find the same thing in another hand first, and among five. */
export interface Found {
  readonly asked: number;
  readonly first: number;
  readonly amongFive: number;
}

/** Asks an index of several hands with each of its own pictures whose thing another hand has too. */
export async function sameThings(table: VectorTable): Promise<Found> {
  const counts = new Map<string, number>();
  for await (const rows of table.scan(["path"]))
    for (const row of rows) {
      const thing = thingOf(textIn(row, "path")!);
      counts.set(thing, (counts.get(thing) ?? 0) + 1);
    }
  let [asked, first, amongFive] = [0, 0, 0];
  for await (const { rows, vectors } of table.scanVectors(["path"]))
    for (const [i, row] of rows.entries()) {
      const path = textIn(row, "path")!;
      if (counts.get(thingOf(path)) === 1) continue;
      const vector = vectors.data.slice(i * table.width, (i + 1) * table.width);
      const found = await table.nearest(vector, { count: 6, columns: ["path"], exact: true });
      const others = found.map((hit) => textIn(hit.row, "path")!).filter((other) => other !== path);
      const place = others.slice(0, 5).findIndex((other) => thingOf(other) === thingOf(path));
      asked++;
      if (place === 0) first++;
      if (place >= 0) amongFive++;
    }
  return { asked, first: first / asked, amongFive: amongFive / asked };
}

/** What words find, the best first: names of things with their hands. */
export async function foundBy(table: VectorTable, model: ClipModel, words: string, count: number): Promise<string[]> {
  const found = await table.nearest(await queryVector(model, [{ text: words }]), { count, columns: ["path"] });
  return found.map(({ row }) => textIn(row, "path")!.replace(/\.png$/, ""));
}
