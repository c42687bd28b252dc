import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { createTable } from "../../host/node/lance/table.ts";
import { openSee } from "../../host/node/see.ts";
import { walk } from "../../host/node/walk.ts";
import { nodeHost } from "../../host/node.ts";
import type { VectorTable } from "../../runtime/vector-table.ts";
import { ClipModel } from "../clip/clip.ts";
import { buildIndex } from "./build.ts";
import { type KnnRequest, type KnnResult, knnService } from "./knn-service.ts";
import { formOf, textIn } from "./table.ts";

const pictures = 45;
let folder: string;
let table: VectorTable;
let model: ClipModel;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-"));
  mkdirSync(`${folder}/photos`);
  for (let i = 0; i < pictures; i++) {
    const background = { r: 5 * i, g: 255 - 5 * i, b: 100 };
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    await picture.png().toFile(`${folder}/photos/${i}.png`);
  }
  await writeRandomModel(`${folder}/tiny`);
  model = await ClipModel.open(nodeHost(), `${folder}/tiny`);
  table = await createTable(`${folder}/index`, formOf({ name: "tiny", digest: "1" }, model.config.projection));
});
afterAll(async () => {
  table.close();
  await model.close();
  rmSync(folder, { recursive: true });
});

/** Builds with a signal that fires after some pictures, or a table that fails; undefined where it did not end. */
async function build(into: VectorTable, stopAfter = Infinity) {
  const stop = new AbortController();
  const root = `${folder}/photos`;
  const { see, close } = openSee(model.preprocessing);
  const steps = buildIndex({ host: nodeHost(), walk, see, table: into, model, root, signal: stop.signal });
  try {
    for (let step = await steps.next(); ; step = await steps.next()) {
      if (step.done) return step.value;
      if (step.value.done >= stopAfter) stop.abort();
    }
  } catch {
    return undefined;
  } finally {
    await close();
  }
}

async function paths(): Promise<string[]> {
  const found: string[] = [];
  for await (const rows of table.scan(["path"])) found.push(...rows.map((row) => textIn(row, "path")!));
  return found;
}

it("goes on where it was stopped, without loss and without doubles", async () => {
  const failing: VectorTable = {
    ...{ name: table.name, width: table.width, about: table.about },
    count: (where) => table.count(where),
    scan: (...args) => table.scan(...args),
    scanVectors: (...args) => table.scanVectors(...args),
    nearest: (...args) => table.nearest(...args),
    isApproximate: () => table.isApproximate(),
    approximate: () => table.approximate(),
    tidy: () => table.tidy(),
    replace: (rows) => table.replace(rows),
    remove: (ids) => table.remove(ids),
    add: () => Promise.reject(new Error("the power went out")),
    close: () => {},
  };
  expect(await build(failing)).toBeUndefined();
  expect(await paths()).toEqual([]);
  expect(await build(table, 33)).toBeUndefined();
  const kept = await paths();
  expect(kept.length).toBeGreaterThanOrEqual(16);
  expect(kept.length).toBeLessThan(pictures);
  expect(await build(table)).toMatchObject({ unchanged: kept.length, added: pictures - kept.length, rows: pictures });
  const all = await paths();
  expect(new Set(all).size).toBe(pictures);
  expect(all).toHaveLength(pictures);
});

it("answers as clip-retrieval's server does", async () => {
  const ask = (request: KnnRequest): Promise<KnnResult[]> => knnService({ table, model }, request);
  const [own] = await ask({ image: (await sharp(`${folder}/photos/7.png`).png().toBuffer()).toString("base64") });
  expect(own).toMatchObject({ url: expect.stringMatching(/photos\/7\.png$/) });
  expect(own!.similarity).toBeCloseTo(1, 5);
  expect((await sharp(Buffer.from(own!.image!, "base64")).metadata()).width).toBe(8);
  const results = await ask({
    text: "a bear",
    modality: "image",
    num_images: 2,
    num_result_ids: 5,
    aesthetic_score: "",
  });
  expect(results.map((result) => Object.keys(result).length > 2)).toEqual([true, true, false, false, false]);
  const { data } = await model.embedTexts(["a bear"]);
  const byVector = await ask({ embedding_input: [...data], num_images: 2, num_result_ids: 5 });
  expect(byVector.map(({ id }) => id)).toEqual(results.map(({ id }) => id));
  const unique = await ask({ text: "a bear", num_images: pictures, deduplicate: true });
  expect(unique.length).toBeLessThan(pictures);
});

it("leans towards what is given as beautiful", async () => {
  const { data: bear } = await model.embedTexts(["a bear"]);
  const ask = (request: KnnRequest, aesthetics?: Float32Array[]): Promise<KnnResult[]> =>
    knnService({ table, model, ...(aesthetics && { aesthetics }) }, { num_images: 1, ...request });
  const apple = { text: "an apple", aesthetic_score: 0, aesthetic_weight: 1000 };
  const [leaning] = await ask(apple, [bear]);
  const [towards] = await ask({ text: "a bear" });
  expect(leaning!.similarity).toBeCloseTo(towards!.similarity, 2);
  expect(await ask(apple)).toEqual(await ask({ text: "an apple" }));
  await expect(ask({ ...apple, aesthetic_score: 10 }, [bear])).rejects.toThrow(
    "aesthetic_score is 10, but must be from 0",
  );
});

it.each<[KnnRequest, string]>([
  [{}, "say what to look for: text, image or embedding_input"],
  [{ image_url: "http://localhost/a.png" }, "image_url is not fetched"],
  [{ image: "%%%" }, "image is not base64"],
  [{ text: "a bear", modality: "text" }, 'modality is "text"'],
  [{ text: "a bear", num_images: 0 }, "num_images is 0"],
  [{ text: "a bear", num_result_ids: 1e9 }, "num_result_ids is 1000000000"],
  [{ embedding_input: [1, 2] }, "a vector of 2 numbers was given, but the model's have 12"],
])("refuses %j", async (request, message) => {
  await expect(knnService({ table, model }, request)).rejects.toThrow(message);
});
