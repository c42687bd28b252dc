import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { gaussian, type Latents } from "../../diffusion/index.ts";
import { nodeHost } from "../../host/node.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { DiffusionModel, type DiffusionOptions } from "./diffusion-model.ts";

let folder: string;
const opened: DiffusionModel[] = [];
const open = async (options?: DiffusionOptions): Promise<DiffusionModel> => {
  const model = await DiffusionModel.open(nodeHost(), folder, options);
  opened.push(model);
  return model;
};
beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), "latentkit-")), "tiny");
  await writeRandomModel(folder);
});
afterAll(async () => {
  for (const one of opened) await one.close();
  rmSync(join(folder, ".."), { recursive: true });
});

function largestDifference(a: Latents, b: Latents): number {
  expect(a.shape).toEqual(b.shape);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

/** Moved down and to the right; what leaves comes back on the other side. */
function rolled({ data, shape }: Latents, down: number, right: number): Latents {
  const [n, c, h, w] = shape as [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let k = 0; k < n * c; k++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) out[(k * h + ((y + down) % h)) * w + ((x + right) % w)] = data[(k * h + y) * w + x]!;
  return ndarray(out, shape);
}

describe("pictures that repeat", () => {
  const latents = gaussian([3], 0, [4, 4, 6]);
  const text = gaussian([4], 0, [32, 16]);

  it("come out moved around where latents are", async () => {
    const circular = await open({ circular: true });
    const plain = await open();
    const picture = await circular.decode(latents);
    const moved = await circular.decode(rolled(latents, 1, 3));
    expect(largestDifference(moved, rolled(picture, 8, 24))).toBeLessThan(1e-4);
    expect(
      largestDifference(await plain.decode(rolled(latents, 1, 3)), rolled(await plain.decode(latents), 8, 24)),
    ).toBeGreaterThan(0.01);

    const said = await circular.denoise(latents, 500, text);
    const movedSaid = await circular.denoise(rolled(latents, 2, 4), 500, text);
    expect(largestDifference(movedSaid, rolled(said, 2, 4))).toBeLessThan(1e-4);

    const { mean } = await circular.encode(picture);
    expect(largestDifference((await circular.encode(moved)).mean, rolled(mean, 1, 3))).toBeLessThan(1e-4);
  });
});

describe("tiles", () => {
  it.each([
    [false, 5, 33],
    [true, 34, 4],
  ])("give what the whole picture gives, repeating: %s", async (circular, h, w) => {
    const latents = gaussian([3], 0, [4, h, w]);
    const whole = await open({ circular, tiles: false });
    const tiled = await open({ circular, tiles: true });
    const picture = await whole.decode(latents);
    expect(picture.shape).toEqual([1, 3, 8 * h, 8 * w]);
    expect(largestDifference(await tiled.decode(latents), picture)).toBeLessThan(1e-4);
    const [a, b] = [await whole.encode(picture), await tiled.encode(picture)];
    expect(largestDifference(b.mean, a.mean)).toBeLessThan(1e-4);
    expect(largestDifference(b.deviation, a.deviation)).toBeLessThan(1e-4);
  });
});
