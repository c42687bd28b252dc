import { describe, expect, it } from "vitest";
import { normal, uniform } from "../random/philox.ts";
import { symmetricEigen } from "./eigen.ts";
import { type Features, joined, rowOf, stack, standardised } from "./features.ts";
import { frechetDistance } from "./frechet.ts";
import { kernelDistance } from "./kid.ts";
import { rankOf, topK } from "./ranking.ts";

const rows = (...values: number[][]): Features => stack(values.map((row) => Float32Array.from(row)));
const drawn = (seed: number, count: number, width: number, scale = 1, shift = 0): Features => ({
  count,
  width,
  data: normal(seed, 0, count * width).map((x) => x * scale + shift),
});

describe("features", () => {
  it("are stacked and brought to one length", () => {
    const all = rows([3, 4], [0, 2], [5, 12]);
    expect(joined([rows([3, 4]), rows([0, 2], [5, 12])])).toEqual(all);
    const [first, second] = [0, 1].map((i) => [...rowOf(standardised(all), i)]);
    expect(first![0]).toBeCloseTo(0.6 * Math.SQRT2, 6);
    expect(first![1]).toBeCloseTo(0.8 * Math.SQRT2, 6);
    expect(second![1]).toBeCloseTo(Math.SQRT2, 6);
    expect(() => rows([1, 2], [1])).toThrow("stack: a vector of 1 numbers among those of 2");
  });
});

describe("symmetricEigen", () => {
  it("gives back the matrix from orthonormal vectors", () => {
    const n = 24;
    const half = uniform(3, 0, n * n);
    const matrix = Float64Array.from({ length: n * n }, (_, i) => half[i]! + half[(i % n) * n + Math.floor(i / n)]!);
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let [back, inner] = [0, 0];
        for (let k = 0; k < n; k++) {
          back += vectors[k * n + i]! * values[k]! * vectors[k * n + j]!;
          inner += vectors[i * n + k]! * vectors[j * n + k]!;
        }
        expect(back).toBeCloseTo(matrix[i * n + j]!, 12);
        expect(inner).toBeCloseTo(i === j ? 1 : 0, 12);
      }
  });

  it("finds known values: of the chain 2 −1, they are 2 − 2 cos(kπ / (n + 1))", () => {
    const n = 7;
    const chain = Float64Array.from({ length: n * n }, (_, i) => {
      const apart = Math.abs((i % n) - Math.floor(i / n));
      return apart === 0 ? 2 : apart === 1 ? -1 : 0;
    });
    const values = symmetricEigen(chain, n).values.toSorted();
    for (const [k, value] of values.entries())
      expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12);
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
  });
});

describe("frechetDistance", () => {
  it("has its closed form where the covariances are diagonal", () => {
    // Variances (2, 8) about (0, 0) and (18, 2) about (1, 5).
    const a = rows([Math.sqrt(3), 0], [-Math.sqrt(3), 0], [0, Math.sqrt(12)], [0, -Math.sqrt(12)]);
    const b = rows([1 + Math.sqrt(27), 5], [1 - Math.sqrt(27), 5], [1, 5 + Math.sqrt(3)], [1, 5 - Math.sqrt(3)]);
    const roots = (Math.sqrt(18) - Math.sqrt(2)) ** 2 + (Math.sqrt(2) - Math.sqrt(8)) ** 2;
    expect(frechetDistance(a, b)).toBeCloseTo(1 + 25 + roots, 5);
    expect(frechetDistance(b, a)).toBeCloseTo(frechetDistance(a, b), 9);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 9);
  });

  it("has its closed form for 2 × 2 covariances that do not commute", () => {
    const a = rows([0, 0], [4, 1], [2, 3], [-1, 2], [3, -2]);
    const b = rows([1, 1], [-2, 3], [0, -4], [5, 0]);
    const covariance = ({ count, data }: Features): [number, number, number] => {
      const [xs, ys] = [0, 1].map((c) => Array.from({ length: count }, (_, i) => data[2 * i + c]!));
      const mean = (v: number[]): number => v.reduce((s, x) => s + x) / count;
      const of = (u: number[], v: number[]): number =>
        u.reduce((s, x, i) => s + (x - mean(u)) * (v[i]! - mean(v)), 0) / (count - 1);
      return [of(xs!, xs!), of(xs!, ys!), of(ys!, ys!)];
    };
    const [[p, q, r], [s, t, u]] = [covariance(a), covariance(b)];
    // Tr √M = √(Tr M + 2 √det M)
    const trace = p * s + 2 * q * t + r * u;
    const determinant = (p * r - q * q) * (s * u - t * t);
    const means = (8 / 5 - 1) ** 2 + (4 / 5 - 0) ** 2;
    const wanted = means + p + r + s + u - 2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
    expect(frechetDistance(a, b)).toBeCloseTo(wanted, 9);
  });

  it("bears fewer pictures than numbers, and refuses one", () => {
    const few = drawn(1, 5, 12);
    expect(frechetDistance(few, few)).toBeCloseTo(0, 6);
    expect(frechetDistance(few, drawn(2, 40, 12))).toBeGreaterThan(1);
    expect(() => frechetDistance(drawn(1, 1, 3), few)).toThrow("vectors of 3 numbers beside those of 12");
    expect(() => frechetDistance(drawn(1, 1, 12), few)).toThrow("two vectors or more");
  });
});

describe("kernelDistance", () => {
  it("is the unbiased estimate: about 0 for the same distribution, however few are drawn", () => {
    const estimates = Array.from({ length: 60 }, (_, i) => kernelDistance(drawn(2 * i, 6, 3), drawn(2 * i + 1, 9, 3)));
    const mean = estimates.reduce((sum, v) => sum + v) / estimates.length;
    expect(Math.abs(mean)).toBeLessThan(0.5);
    expect(Math.min(...estimates)).toBeLessThan(0);
    expect(kernelDistance(drawn(1, 100, 3), drawn(2, 100, 3, 1, 1))).toBeGreaterThan(5);
  });

  it("follows the definition", () => {
    // Kernels (x·y/2 + 1)³: within a (1)³ = 1, within b (3)³ = 27, across 1, 2³ … by hand.
    const [a, b] = [rows([2, 0], [0, 2]), rows([2, 0], [2, 2])];
    const across = (27 + 27 + 1 + 27) / 4;
    expect(kernelDistance(a, b)).toBeCloseTo(1 + 27 - 2 * across, 10);
    expect(() => kernelDistance(a, drawn(1, 3, 3))).toThrow("vectors of 2 numbers beside those of 3");
  });
});

describe("ranks", () => {
  it("count the better answers, and the equally good ones too", () => {
    expect(rankOf([0.1, 0.9, 0.5], 1)).toBe(0);
    expect(rankOf(Float32Array.of(0.1, 0.9, 0.5), 0)).toBe(2);
    expect(rankOf([1, 1, 1, 1], 2)).toBe(3);
    expect(rankOf([Number.NaN, Number.NaN], 0)).toBe(1);
    expect(() => rankOf([1], 1)).toThrow("there is no answer 1 among 1");
  });

  it("give the share within the first k", () => {
    expect(topK([0, 0, 1, 4, 5], 1)).toBe(0.4);
    expect(topK([0, 0, 1, 4, 5], 5)).toBe(0.8);
  });
});
