import { describe, expect, test } from "vitest";
import { normal, permutation, philox, uniform } from "./philox.ts";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("philox", () => {
  // Random123 1.09, kat_vectors: philox4x32 10.
  test.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [[~0, ~0, ~0, ~0], [~0 >>> 0, ~0 >>> 0], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("enciphers the known answers", (counter, key, expected) => {
    const block = Uint32Array.from(counter);
    philox(block, key[0]!, key[1]!);
    expect(Array.from(block, (word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(expected);
  });
});

describe("normal", () => {
  test("starts as torch.randn does on CUDA with seed 0", () => {
    const torch = [
      -0.92466259, -0.42534415, -2.6438457, 0.14518388, -0.12086647, -0.57972564, -0.62285122, -0.32838709,
    ];
    const ours = normal(0, 0, 8);
    for (const [i, value] of torch.entries()) expect(ours[i]).toBeCloseTo(value, 6);
  });

  test("has the moments of a standard normal", () => {
    const count = 200_000;
    const x = normal(7, 3, count);
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      const fourErrors = 4 * Math.sqrt(variance / count);
      expect(Math.abs(mean(x.map((v) => v ** power)) - expected), `moment ${power}`).toBeLessThan(fourErrors);
    }
  });

  test("agrees with Box–Muller on the engine's log and sin", () => {
    const ours = normal(2 ** 40 + 5, 2 ** 33 + 1, 2000);
    for (let i = 0; i < ours.length; i++) {
      const block = Uint32Array.of(1, 2, i, 0);
      philox(block, 5, 256);
      const [u, v] = [(block[0]! + 0.5) / 2 ** 32, (block[1]! + 0.5) / 2 ** 32];
      expect(Math.abs(ours[i]! - Math.fround(Math.sqrt(-2 * Math.log(u)) * Math.sin(2 * Math.PI * v)))).toBeLessThan(
        5e-7,
      );
    }
  });

  test("does not depend on how many are drawn, but on seed and stream", () => {
    const x = normal(1, 2, 100);
    expect(normal(1, 2, 10)).toEqual(x.slice(0, 10));
    expect(normal(2, 2, 100)).not.toEqual(x);
    expect(normal(1, 3, 100)).not.toEqual(x);
  });

  test("refuses a seed that is no whole number", () => {
    expect(() => normal(0.5, 0, 1)).toThrow("seed 0.5 is not a whole number ≥ 0");
    expect(() => normal(0, -1, 1)).toThrow("stream -1");
  });
});

test("uniform fills [0, 1) evenly", () => {
  const x = uniform(11, 0, 100_001);
  expect(Math.min(...x.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(x.every((v) => v < 1)).toBe(true);
  expect(mean(x)).toBeCloseTo(0.5, 2);
  expect(mean(x.map((v) => (v - 0.5) ** 2))).toBeCloseTo(1 / 12, 3);
  expect(uniform(11, 0, 6)).toEqual(x.slice(0, 6));
});

describe("permutation", () => {
  test("holds every number once, in another order each epoch", () => {
    const order = permutation(3, 0, 1000);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(3, 1, 1000)).not.toEqual(order);
    expect(permutation(3, 0, 1000)).toEqual(order);
  });

  test("gives each order of three equally often", () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = permutation(9, epoch, 3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
