import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/support/golden.ts";
import { tinySizes, writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { nodeHost } from "../../host/node.ts";
import type { Picture } from "../../runtime/host.ts";
import { type Classified, classifyAll, type Source } from "./classify.ts";
import { ClipModel, similarities } from "./clip.ts";
import { compare } from "./compare.ts";
import { embedLabels, type LabelSet, readLabels } from "./labels.ts";
import { Tally } from "./tally.ts";
import { templateSets } from "./templates.ts";

const host = nodeHost();
const root = mkdtempSync(join(tmpdir(), "latentkit-"));
let model: ClipModel;
beforeAll(async () => {
  await writeRandomModel(join(root, "tiny"));
  model = await ClipModel.open(host, join(root, "tiny"));
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

const picture = (n: number): Picture => ({
  width: 40,
  height: 33,
  channels: 3,
  data: Uint8Array.from({ length: 40 * 33 * 3 }, (_, i) => (i * (n + 3)) % 256),
});

async function finished<P, R>(work: AsyncGenerator<P, R>): Promise<{ progress: P[]; result: R }> {
  const progress: P[] = [];
  for (;;) {
    const { done, value } = await work.next();
    if (done) return { progress, result: value };
    progress.push(value);
  }
}
const read = async (labels: string[], templates: readonly string[], cache?: string): Promise<LabelSet> =>
  (await finished(readLabels(model, labels, templates, cache))).result;

async function all<T extends Source>(work: AsyncIterable<Classified<T>>): Promise<Classified<T>[]> {
  const found: Classified<T>[] = [];
  for await (const one of work) found.push(one);
  return found;
}

describe("compare", () => {
  it("gives shares of each row and of each column", async () => {
    const { cosines, textShares, pictureShares } = await compare(model, [picture(1), picture(2)], ["a", "b", "c"]);
    expect([cosines.length, cosines[0]!.length]).toEqual([2, 3]);
    for (const row of textShares) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    for (const j of [0, 1, 2]) {
      expect(pictureShares[0]![j]! + pictureShares[1]![j]!).toBeCloseTo(1, 6);
      const odds = Math.exp(model.scale * (cosines[0]![j]! - cosines[1]![j]!));
      expect(pictureShares[0]![j]! / pictureShares[1]![j]!).toBeCloseTo(odds, 4);
    }
  });
});

describe("readLabels", () => {
  const labels = ["bear", "apple", "house"];

  it("is the normalised mean of normalised embeddings", async () => {
    const { embeddings, neutral } = await read(labels, templateSets.imagenet);
    expectClose(embeddings, await embedLabels(model, labels, templateSets.imagenet), { atol: 1e-6 });
    expectClose(neutral, await embedLabels(model, ["something"], templateSets.imagenet), { atol: 1e-6 });
    expect(templateSets.imagenet).toHaveLength(7);
  });

  it("is kept by content: the same again, others anew, a damaged file is made again", async () => {
    const cache = join(root, "cache");
    const kept = (): string[] => readdirSync(cache);
    const first = await finished(readLabels(model, labels, ["a {}"], cache));
    const [file] = kept();
    expect([first.progress.length > 0, kept().length]).toEqual([true, 1]);
    const again = await finished(readLabels(model, labels, ["a {}"], cache));
    expect(again).toEqual({ progress: [], result: first.result });
    await read(labels, ["the {}"], cache);
    await read(["bear"], ["a {}"], cache);
    expect(kept()).toHaveLength(3);
    writeFileSync(join(cache, file!), "damaged");
    expect((await finished(readLabels(model, labels, ["a {}"], cache))).progress.length).toBeGreaterThan(0);
    expect(await finished(readLabels(model, labels, ["a {}"], cache))).toEqual(again);
  });

  it("is another one for another text tower", async () => {
    await writeRandomModel(join(root, "other"), tinySizes, 7);
    const other = await ClipModel.open(host, join(root, "other"));
    expect(await other.textDigest()).not.toBe(await model.textDigest());
    expect(await (await ClipModel.open(host, join(root, "tiny"))).textDigest()).toBe(await model.textDigest());
    await other.close();
  });
});

describe("classifyAll", () => {
  it("goes on where a picture cannot be read", async () => {
    const set = await read(["bear", "apple"], ["{}"]);
    const sources = Array.from({ length: 37 }, (_, i) => ({
      name: `p${i}`,
      picture: () => (i % 5 === 2 ? new TextEncoder().encode("text") : picture(i)),
    }));
    const found = await all(classifyAll(model, sources, set));
    expect(found.map(({ picture }) => picture.name)).toEqual(sources.map(({ name }) => name));
    const images = await model.embedImages([picture(36)]);
    const [row] = similarities(images, set.embeddings);
    for (const [i, one] of found.entries()) {
      if ("unreadable" in one) expect([i % 5, one.unreadable]).toEqual([2, expect.stringMatching(/^p\d+: not a PNG/)]);
      else expect([i % 5 === 2, one.guesses.length]).toEqual([false, 2]);
    }
    const last = found.at(-1)! as unknown as { guesses: { label: string; cosine: number }[] };
    const cosine = (label: string): number => last.guesses.find((guess) => guess.label === label)!.cosine;
    expectClose([cosine("bear"), cosine("apple")], row!, { atol: 1e-6 });
  });

  it("judges independent labels each by itself", async () => {
    const sources = [{ name: "p", picture: () => picture(1) }];
    const shares = async (labels: string[]): Promise<Map<string, number>> => {
      const set = await read(labels, ["{}"]);
      const [one] = await all(classifyAll(model, sources, set, { independent: true }));
      return new Map("guesses" in one! ? one.guesses.map(({ label, share }) => [label, share]) : []);
    };
    const few = await shares(["bear", "something"]);
    const more = await shares(["bear", "apple", "house", "something"]);
    expect(few.get("bear")).toBeCloseTo(more.get("bear")!, 6);
    expect(few.get("something")).toBeCloseTo(0.5, 6);
  });
});

it("counts right answers and confusions", () => {
  const tally = new Tally();
  tally.add("bear", ["bear", "apple"]);
  tally.add("bear", ["apple", "bear"]);
  tally.add("apple", ["apple", "bear"]);
  tally.add("bear", ["apple", "house"]);
  expect(tally.result()).toEqual({
    pictures: 4,
    top1: 0.5,
    top5: 0.75,
    confusion: [
      { truth: "bear", guess: "apple", count: 2 },
      { truth: "bear", guess: "bear", count: 1 },
      { truth: "apple", guess: "apple", count: 1 },
    ],
  });
});
