import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";

const every = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
const finite = (bits: number, exponent: number): boolean => (bits & exponent) !== exponent;
const toHalf = (x: number): number => f32ToF16(Float32Array.of(x))[0]!;
const toBrain = (x: number): number => f32ToBf16(Float32Array.of(x))[0]!;

/** Of the two neighbours of x among the patterns, the nearer; the even one when both are as near. */
function nearest(x: number, patterns: readonly number[], values: Float32Array): number {
  return patterns.reduce((best, p) => {
    const [a, b] = [Math.abs(values[p]! - x), Math.abs(values[best]! - x)];
    return a < b || (a === b && p % 2 === 0) ? p : best;
  });
}

describe("f16", () => {
  it("knows the values of the format", () => {
    const bits = Uint16Array.of(0x0000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00);
    const values = [0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 0.333251953125, 1, -2, 65504, Infinity, -Infinity];
    expect([...f16ToF32(bits)]).toEqual(values);
    expect(f16ToF32(Uint16Array.of(0x8000))[0]).toBe(-0);
    expect(f16ToF32(Uint16Array.of(0x7e01))[0]).toBeNaN();
  });

  it("comes back from every pattern", () => {
    const back = f32ToF16(f16ToF32(every));
    for (const bits of every) {
      const nan = !finite(bits, 0x7c00) && (bits & 0x3ff) !== 0;
      expect(back[bits]).toBe(nan ? bits | 0x200 : bits);
    }
  });

  it("rounds halfway cases to even and overflows from 65520 on", () => {
    expect(toHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(toHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toHalf(2 ** -25)).toBe(0);
    expect(toHalf(2 ** -25 + 2 ** -48)).toBe(1);
    expect(toHalf(1.5 * 2 ** -24)).toBe(2);
    expect(toHalf(65519)).toBe(0x7bff);
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(-3e38)).toBe(0xfc00);
    expect(toHalf(-1e-30)).toBe(0x8000);
  });

  it("rounds to nearest, whatever the number", () => {
    const values = f16ToF32(every);
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (x) => {
        const near = toHalf(x);
        const around = [near - 1, near, near + 1].filter((p) => p >= 0 && p <= 0x7bff);
        expect(near).toBe(nearest(x, around, values));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("bf16", () => {
  it("comes back from every pattern", () => {
    const back = f32ToBf16(bf16ToF32(every));
    for (const bits of every) {
      const nan = !finite(bits, 0x7f80) && (bits & 0x7f) !== 0;
      expect(back[bits]).toBe(nan ? bits | 0x40 : bits);
    }
  });

  it("rounds halfway cases to even and to infinity at the top", () => {
    expect(toBrain(1 + 2 ** -8)).toBe(0x3f80);
    expect(toBrain(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(toBrain(3.4028234663852886e38)).toBe(0x7f80);
    expect(toBrain(Number.NaN) & 0x7fc0).toBe(0x7fc0);
  });

  it("rounds to nearest, whatever the number", () => {
    const values = bf16ToF32(every);
    fc.assert(
      fc.property(fc.float({ min: 0, max: Math.fround(3e38), noNaN: true }), (x) => {
        const near = toBrain(x);
        const around = [near - 1, near, near + 1].filter((p) => p >= 0 && p <= 0x7f7f);
        expect(near).toBe(nearest(x, around, values));
      }),
      { numRuns: 2000 },
    );
  });
});
