import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePicture } from "../../src/host/node/picture.ts";
import { pocketFolder } from "../../src/host/node/pocket.ts";
import { nodeHost } from "../../src/host/node.ts";
import { ClipModel, similarities } from "../../src/pipelines/clip/clip.ts";
import { compare } from "../../src/pipelines/clip/compare.ts";
import type { Picture } from "../../src/runtime/host.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { golden } from "../support/golden.ts";

/** Keys 1981, a = −1/2. */
const cubic = (t: number): number => {
  const x = Math.abs(t);
  if (x >= 2) return 0;
  return x <= 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2;
};

type Plane = readonly (readonly number[])[];

/** One axis in real numbers, rounded to bytes as Pillow does after each axis. */
function resizeRow(row: readonly number[], to: number): number[] {
  const scale = row.length / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const weights = row.map((_, x) => cubic((x + 0.5 - centre) / stretch));
    const sum = weights.reduce((a, b) => a + b, 0);
    const value = row.reduce((total, byte, x) => total + byte * weights[x]!, 0) / sum;
    return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
  });
}
const turned = (plane: Plane): number[][] => plane[0]!.map((_, x) => plane.map((row) => row[x]!));

/**
 * What transformers' CLIPImageProcessor does with a config of one edge, mean and deviation, written down once more:
 * convert to RGB, shorter side by bicubic, centre crop, [0, 1], standardised.
 */
function reference(picture: Picture, edge: number, mean: readonly number[], std: readonly number[]): Float32Array {
  const { width, height, channels, data } = picture;
  const short = Math.min(width, height);
  const [w, h] = [Math.trunc((edge * width) / short), Math.trunc((edge * height) / short)];
  const [left, top] = [Math.floor((w - edge) / 2), Math.floor((h - edge) / 2)];
  return Float32Array.from(
    [0, 1, 2].flatMap((c) => {
      const plane = Array.from({ length: height }, (_, y) =>
        Array.from({ length: width }, (_, x) => data[(y * width + x) * channels + c]!),
      );
      const wide = plane.map((row) => resizeRow(row, w));
      const resized = turned(turned(wide).map((column) => resizeRow(column, h)));
      const seen = resized.slice(top, top + edge).flatMap((row) => row.slice(left, left + edge));
      return seen.map((byte) => (byte / 255 - mean[c]!) / std[c]!);
    }),
  );
}

describe.skipIf(!existsSync(`${pocketFolder}/clip/model.safetensors`))("the pocket model", () => {
  const { case: about, path } = golden<{ images: { file: string }[] }>("clip-full-openai");
  const texts = ["a picture of a bear", "a picture of an apple", "something"];
  let model: ClipModel;
  beforeAll(async () => {
    model = await ClipModel.open(nodeHost(), pocketFolder);
  });
  afterAll(() => model.close());

  it("compares pictures as after the reference's preprocessing by its own config, to 1e-4", async () => {
    const { size, image_mean, image_std } = JSON.parse(
      readFileSync(`${pocketFolder}/clip/preprocessor_config.json`, "utf8"),
    ) as { size: { shortest_edge: number }; image_mean: number[]; image_std: number[] };
    const edge = size.shortest_edge;
    const files = about.images.map(({ file }) => path(file));
    const pictures = await Promise.all(files.map((file) => decodePicture(readFileSync(file), file)));
    const seen = pictures.map((picture) => reference(picture, edge, image_mean, image_std));
    const wanted = similarities(
      await model.embedPixels(seen.map((pixels) => ndarray(pixels, [1, 3, edge, edge]))),
      await model.embedTexts(texts),
    );
    const { cosines } = await compare(model, files, texts);
    for (const [i, row] of cosines.entries())
      for (const [j, cosine] of row.entries()) expect(Math.abs(cosine - wanted[i]![j]!)).toBeLessThan(1e-4);
    // Pictures differ by more than that.
    expect(Math.abs(cosines[0]![0]! - cosines[1]![0]!)).toBeGreaterThan(1e-3);
  });
});
