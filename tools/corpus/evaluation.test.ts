import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { indexFile, picturesFile } from "./corpus.ts";
import { evaluationData } from "./evaluation.ts";
import { hands } from "./hands.ts";
import { splitOf } from "./splits.ts";
import { readThings } from "./things.ts";

let folder: string;
const things = readThings().slice(0, 120);
const size = 4;

/** Every thing in every hand, opaque squares of 4 × 4. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corpus-"));
  const pictures = things.flatMap((thing, i) => hands.map(({ name }) => [i, name, splitOf(thing, name)] as const));
  writeFileSync(join(folder, indexFile), JSON.stringify({ size, things, pictures }));
  const bytes = Uint8Array.from({ length: pictures.length * size * size * 4 }, (_, i) => (i % 4 === 3 ? 255 : 40));
  writeFileSync(join(folder, picturesFile), bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a model is measured on what it has not seen, among all things", async () => {
  const { things: asked, reconstructed, recognised, known, scenes } = evaluationData(folder);
  expect(asked).toHaveLength(120);
  expect(asked[0]).toEqual({ label: "grinning face", prompt: "a picture of a grinning face" });
  const [heldThings, unseenHand] = reconstructed;
  const held = things.filter((thing) => splitOf(thing, "noto") === "held-thing").map(({ label }) => label);
  expect(held.length).toBeGreaterThan(0);
  expect(new Set(heldThings!.pictures.map(({ label }) => label))).toEqual(new Set(held));
  expect(heldThings!.pictures).toHaveLength(held.length * 5);
  expect(unseenHand!.pictures.map(({ label }) => label)).toEqual(things.map(({ label }) => label));
  expect(recognised.map(({ name }) => name)).toEqual(["unseen hand", "held-out pairs"]);
  expect(recognised[0]!.pictures).toHaveLength(120);
  expect(recognised[1]!.pictures.length).toBeGreaterThan(0);
  expect(known).toHaveLength(120 * 5);
  const seen = new Set(recognised[1]!.pictures.map(({ label }) => label));
  for (const scene of scenes!.recognised(6)) for (const label of scene.things) expect(seen.has(label)).toBe(true);
  const { width, data } = await known[0]!.picture(64);
  expect([width, data[0], data[(32 * 64 + 32) * 3]]).toEqual([64, 255, 40]);
});

test("pictures that do not fit their index, or are missing, are named", () => {
  const other = mkdtempSync(join(tmpdir(), "corpus-"));
  writeFileSync(join(other, indexFile), JSON.stringify({ size, things, pictures: [[0, "noto", "train"]] }));
  expect(() => evaluationData(other)).toThrow(`${picturesFile} does not fit ${indexFile} beside it`);
  writeFileSync(join(other, picturesFile), new Uint8Array(63));
  expect(() => evaluationData(other)).toThrow("does not fit");
  rmSync(other, { recursive: true });
});

test("a folder without a rendered corpus is named", () => {
  expect(() => evaluationData(join(folder, "nowhere"))).toThrow("holds no rendered corpus: run npx tsx");
});
