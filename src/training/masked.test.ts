import { describe, expect, it } from "vitest";
import { patchesLeft, tokensLeft } from "./masked.ts";

describe("tokensLeft", () => {
  const form = { seed: 3, batch: 50, patches: 9, left: 4 };
  const rowsOf = (index: number): number[][] => {
    const { data, shape } = tokensLeft(form, index);
    expect(shape).toEqual([50, 5]);
    return Array.from({ length: 50 }, (_, row) => Array.from(data.subarray(5 * row, 5 * row + 5), Number));
  };

  it("are the whole's and different ones of the patches', each as often as the others", () => {
    const times = new Array<number>(10).fill(0);
    for (const row of [0, 1, 2, 3].flatMap(rowsOf)) {
      expect(row[0]).toBe(0);
      expect(new Set(row).size).toBe(5);
      for (const token of row) times[token]!++;
    }
    const [whole, ...patches] = times;
    expect(whole).toBe(200);
    // 200 · 4/9 = 89, with a deviation of 7
    for (const count of patches) expect(Math.abs(count - 89)).toBeLessThan(30);
  });

  it("are others in the next batch, and the same for the same number", () => {
    expect(rowsOf(1)).not.toEqual(rowsOf(0));
    expect(rowsOf(1)).toEqual(rowsOf(1));
  });
});

describe("patchesLeft", () => {
  it.each([
    [36, 0, 36],
    [36, 0.5, 18],
    [36, 0.99, 1],
    [4, 1, 1],
  ])("of %i with %f masked: %i", (patches, masked, left) => {
    expect(patchesLeft(patches, masked)).toBe(left);
  });
});
