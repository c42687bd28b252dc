import { describe, expect, it } from "vitest";
import { randomModelFolder } from "../../../tests/support/random-model-folder.ts";
import { data, finish, names, pictures, stripes } from "../../../tests/support/stripes.ts";
import { nodeHost } from "../../host/node.ts";
import { ClipModel } from "../clip/clip.ts";
import { readLabels } from "./clip.ts";
import type { Shown } from "./data.ts";
import { evaluateDrawn } from "./generation.ts";
import { readKnown } from "./known.ts";

const host = nodeHost();
const folder = await randomModelFolder();

describe("evaluateDrawn", () => {
  const settings = { steps: 1, guidance: 1, sampler: "", seed: 1, batch: 1, secondsPerPicture: 1 };
  async function figures(labels: readonly string[], images: readonly number[], known: readonly Shown[]) {
    const drawn = images.map((number, i) => {
      const label = labels[i]!;
      return { label, prompt: `a picture of a ${label}`, image: stripes(number) };
    });
    const model = await ClipModel.open(host, folder);
    const { result: all } = await finish(readLabels(model, data.things));
    const { result: kept } = await finish(readKnown(model, drawn, known, 32, 1));
    const { result } = await finish(evaluateDrawn(model, all, drawn, settings, kept));
    await model.close();
    return result;
  }

  it("knows copies, and what the nearest pictures show", async () => {
    const copies = await figures(names, [0, 1, 2], pictures);
    expect(copies).toMatchObject({ pictures: 3, labels: 7, nearest1: 1, nearest5: 1, nearCopies: 1 });
    // Real pictures are not compared with themselves.
    expect(copies.real).toMatchObject({ pictures: 3, nearest1: 0, nearCopies: 0, top1: copies.top1 });
    // A bear that looks like an apple, and a fish unlike all pictures but one.
    const wrong = await figures(["bear", "fish"], [1, 5], pictures.slice(0, 5));
    expect(wrong).toMatchObject({ nearest1: 0, nearCopies: 0.5 });
  });

  it("takes distances to pictures that it does not compare as real ones", async () => {
    const twice = [...pictures, ...pictures.map((one) => ({ ...one }))];
    const near = await figures(names, [0, 1, 2, 3, 4, 5, 6], twice);
    expect(near.distances).toMatchObject({ known: 7 });
    for (const { distances } of [near, near.real]) expect(distances!.frechet).toBeCloseTo(0, 3);
    expect(near.real).toMatchObject({ nearest1: 1, nearCopies: 1 });
    expect(near.distances!.kernel).toBeCloseTo(near.real.distances!.kernel, 6);
    const far = await figures(names, [0, 0, 0, 0, 0, 0, 1], twice);
    expect(far.distances!.frechet).toBeGreaterThan(0.1);
    expect((await figures(names, [0, 1, 2, 3, 4, 5], pictures)).distances).toBeUndefined();
  });
});
