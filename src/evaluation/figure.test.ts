import { describe, expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { boxOf, colourAt, cutOut, groundOf, maskOf } from "./figure.ts";

type Colour = readonly [number, number, number];

/** A ground, and a rectangle on it, sides in shares. */
function picture(
  ground: (x: number, y: number) => Colour,
  [left, top, right, bottom]: readonly number[],
  edge = 64,
): Picture {
  const data = new Uint8Array(edge * edge * 3);
  for (let y = 0; y < edge; y++)
    for (let x = 0; x < edge; x++) {
      const [u, v] = [(x + 0.5) / edge, (y + 0.5) / edge];
      const inside = u > left! && u < right! && v > top! && v < bottom!;
      data.set(inside ? [200, 30, 30] : ground(u, v), (y * edge + x) * 3);
    }
  return { width: edge, height: edge, channels: 3, data };
}
const flat = (): Colour => [55, 115, 215];
const shaded = (x: number, y: number): Colour => [60 + 120 * x, 100 + 80 * y, 215 - 60 * x];

describe("the ground", () => {
  it.each([
    ["flat", flat],
    ["shaded", shaded],
  ])("is found %s, though a thing reaches the rim", (_, ground) => {
    const shown = picture(ground, [0.5, 0.4, 1, 0.9]);
    for (const [x, y] of [
      [0, 0],
      [1, 0.2],
      [0.3, 1],
    ] as const)
      for (const [c, value] of colourAt(groundOf(shown), shown, x, y).entries())
        expect(Math.abs(value - ground(x, y)[c]!)).toBeLessThan(2);
  });
});

describe("what is on the ground", () => {
  it.each([
    ["flat", flat],
    ["shaded", shaded],
  ])("is found where it lies, %s", (_, ground) => {
    const box = boxOf(maskOf(picture(ground, [0.25, 0.5, 0.75, 0.9375])), 64)!;
    const wanted = { left: 0.25, top: 0.5, right: 0.75, bottom: 0.9375 };
    for (const side of ["left", "top", "right", "bottom"] as const) expect(box[side]).toBeCloseTo(wanted[side], 1);
  });

  it("is nothing where there is ground alone, and specks are nothing", () => {
    const speck = picture(flat, [0.5, 0.5, 0.515, 0.515]);
    expect(boxOf(maskOf(speck), 64)).toBeUndefined();
    expect(boxOf(maskOf(picture(flat, [0, 0, 0, 0])), 64)).toBeUndefined();
  });
});

describe("what is cut out", () => {
  it("is the same wherever it is, however large and on whatever ground", () => {
    const cut = cutOut(picture(flat, [0.25, 0.25, 0.75, 0.75]), 16)!;
    expect(cut).toMatchObject({ width: 16, height: 16, channels: 3 });
    // Only rims depend on where it is.
    const inside = ({ data }: Picture): number[] => [...data.subarray((8 * 16 + 3) * 3, (8 * 16 + 13) * 3)];
    expect(inside(cut)).toEqual(Array.from({ length: 30 }, (_, i) => [200, 30, 30][i % 3]));
    expect(inside(cutOut(picture(flat, [0.5, 0.25, 1, 0.75]), 16)!)).toEqual(inside(cut));
    expect(inside(cutOut(picture(shaded, [0.125, 0.5, 0.375, 0.75]), 16)!)).toEqual(inside(cut));
  });

  it("is nothing where all is ground", () => {
    expect(cutOut(picture(flat, [0, 0, 0, 0]), 16)).toBeUndefined();
  });
});
