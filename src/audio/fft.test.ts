import { describe, expect, it } from "vitest";
import { uniform } from "../random/philox.ts";
import { Fft, isSmooth } from "./fft.ts";
import { RealFft } from "./real-fft.ts";

const random = (count: number, stream: number): Float64Array =>
  Float64Array.from(uniform(1, stream, count), (x) => x - 0.5);

/** By the definition. */
function dft(xr: Float64Array, xi: Float64Array): { re: Float64Array; im: Float64Array } {
  const n = xr.length;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      re[k]! += xr[j]! * Math.cos(angle) - xi[j]! * Math.sin(angle);
      im[k]! += xr[j]! * Math.sin(angle) + xi[j]! * Math.cos(angle);
    }
  return { re, im };
}

const furthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

// All radices alone and together, primes, and products of primes beyond the radices.
const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 22, 25, 35, 49, 64, 97, 105, 121, 210, 315, 420, 551];

describe("Fft", () => {
  it.each(lengths)("of %i numbers is the transform by definition, and back", (n) => {
    const [xr, xi] = [random(n, 0), random(n, 1)];
    const [yr, yi, zr, zi] = [0, 0, 0, 0].map(() => new Float64Array(n)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const fft = new Fft(n);
    fft.transform(xr, xi, yr, yi);
    const { re, im } = dft(xr, xi);
    expect(Math.max(furthest(yr, re), furthest(yi, im))).toBeLessThan(1e-13 * n + 1e-14);
    fft.transform(yi, yr, zi, zr);
    expect(
      Math.max(
        furthest(
          zr.map((z) => z / n),
          xr,
        ),
        furthest(
          zi.map((z) => z / n),
          xi,
        ),
      ),
    ).toBeLessThan(1e-14 * Math.sqrt(n));
  });

  it("knows which lengths need no detour", () => {
    expect([1, 17640, 2100, 2048, 11, 4421].map(isSmooth)).toEqual([true, true, true, true, false, false]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a length of %d", (n) => {
    expect(() => new Fft(n)).toThrow("a length of");
  });
});

describe("RealFft", () => {
  it.each([...lengths, 17640])("of %i samples: half the bins, and back", (n) => {
    const x = random(n, 2);
    const fft = new RealFft(n);
    const [re, im, back] = [new Float64Array(fft.bins), new Float64Array(fft.bins), new Float64Array(n)];
    fft.forward(x, re, im);
    fft.addInverse(re, im, back);
    expect(fft.bins).toBe(Math.floor(n / 2) + 1);
    expect(furthest(back, x)).toBeLessThan(1e-13);
    const [yr, yi] = [new Float64Array(n), new Float64Array(n)];
    new Fft(n).transform(x, new Float64Array(n), yr, yi);
    expect(Math.max(furthest(re, yr), furthest(im, yi))).toBeLessThan(1e-11);
  });
});
