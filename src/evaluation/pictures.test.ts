import { describe, expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { nearest, thumbnail } from "./neighbours.ts";
import { psnr } from "./psnr.ts";
import { ssim } from "./ssim.ts";

const picture = (width: number, height: number, value: (x: number, y: number, c: number) => number): Picture => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const at = Math.floor(i / 3);
    return value(at % width, Math.floor(at / width), i % 3);
  }),
});
const wave = (x: number, y: number): number => Math.round(120 + 80 * Math.sin(x * 0.7) * Math.cos(y * 0.4));
const noisy = (x: number, y: number, c: number): number => wave(x, y) + ((x * 31 + y * 17 + c * 7) % 23) - 11;

describe("psnr", () => {
  it("is 10 log₁₀ of the squared range over the mean squared error", () => {
    const grey = picture(4, 4, () => 100);
    expect(
      psnr(
        grey,
        picture(4, 4, () => 110),
      ),
    ).toBeCloseTo(10 * Math.log10(65025 / 100), 10);
    // One value of 48 differs by 255.
    const spot = picture(4, 4, (x, y, c) => (x + y + c === 0 ? 0 : 255));
    expect(
      psnr(
        spot,
        picture(4, 4, () => 255),
      ),
    ).toBeCloseTo(10 * Math.log10(48), 10);
    expect(psnr(grey, grey)).toBe(Number.POSITIVE_INFINITY);
  });

  it("refuses pictures of different sizes", () => {
    const [a, b] = [picture(4, 6, () => 0), picture(6, 4, () => 0)];
    expect(() => psnr(a, b)).toThrow("psnr: a picture of 4x6x3 beside one of 6x4x3");
    expect(() => ssim(a, b)).toThrow("ssim: a picture of 4x6x3 beside one of 6x4x3");
    expect(() => ssim(a, a)).toThrow("ssim: 4x6 is smaller than 11x11");
  });
});

/** The definition, window by window in two dimensions. */
function slowSsim(a: Picture, b: Picture): number {
  const weights = Array.from({ length: 121 }, (_, i) =>
    Math.exp(-(((i % 11) - 5) ** 2 + (Math.floor(i / 11) - 5) ** 2) / 4.5),
  );
  const total = weights.reduce((sum, w) => sum + w);
  const scores: number[] = [];
  for (let top = 0; top + 11 <= a.height; top++)
    for (let left = 0; left + 11 <= a.width; left++) {
      const values = (p: Picture): number[] =>
        weights.map((_, i) => {
          const at = ((top + Math.floor(i / 11)) * p.width + left + (i % 11)) * 3;
          return 0.299 * p.data[at]! + 0.587 * p.data[at + 1]! + 0.114 * p.data[at + 2]!;
        });
      const mean = (v: number[]): number => v.reduce((sum, x, i) => sum + (x * weights[i]!) / total, 0);
      const [x, y] = [values(a), values(b)];
      const [mx, my] = [mean(x), mean(y)];
      const between = (u: number[], mu: number, v: number[], mv: number): number =>
        mean(u.map((value, i) => (value - mu) * (v[i]! - mv)));
      const luminance = (2 * mx * my + 2.55 ** 2) / (mx * mx + my * my + 2.55 ** 2);
      const structure =
        (2 * between(x, mx, y, my) + 7.65 ** 2) / (between(x, mx, x, mx) + between(y, my, y, my) + 7.65 ** 2);
      scores.push(luminance * structure);
    }
  return scores.reduce((sum, s) => sum + s) / scores.length;
}

describe("ssim", () => {
  it("is the mean over all windows of Wang's formula", () => {
    const [a, b] = [picture(19, 14, wave), picture(19, 14, noisy)];
    expect(ssim(a, b)).toBeCloseTo(slowSsim(a, b), 10);
    expect(ssim(a, b)).toBeLessThan(0.999);
    expect(ssim(a, a)).toBeCloseTo(1, 12);
  });

  it("of flat pictures compares their luma alone", () => {
    const c1 = 2.55 ** 2;
    expect(
      ssim(
        picture(11, 11, () => 50),
        picture(11, 11, () => 200),
      ),
    ).toBeCloseTo((2 * 50 * 200 + c1) / (50 ** 2 + 200 ** 2 + c1), 8);
  });
});

describe("nearest", () => {
  it("finds pictures by their pixels at 32 × 32, over white", () => {
    const many = [picture(128, 64, wave), picture(64, 64, () => 255), picture(40, 40, noisy)];
    const thumbnails = many.map(thumbnail);
    expect(thumbnails.map(({ length }) => length)).toEqual([3072, 3072, 3072]);
    const clear: Picture = { width: 8, height: 8, channels: 4, data: new Uint8Array(256) };
    expect(nearest(thumbnail(clear), thumbnails, 2)[0]).toBe(1);
    expect(nearest(thumbnails[2]!, thumbnails, 1)).toEqual([2]);
    expect(nearest(thumbnails[0]!, thumbnails, 3)).toEqual([0, 2, 1]);
  });
});
