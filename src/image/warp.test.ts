import { describe, expect, it } from "vitest";
import { psnr } from "../evaluation/psnr.ts";
import type { Picture } from "../runtime/host.ts";
import { coloursOf, fromLab, matchColours, toLab } from "./lab.ts";
import { type Border, warp } from "./warp.ts";

const still = { zoom: 1, rotate: 0, x: 0, y: 0 };

const numbered = (width: number, height: number): Picture => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => i),
});

/** Round shapes, off the middle. */
const smooth = (size: number): Picture => ({
  width: size,
  height: size,
  channels: 3,
  data: Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
    return 128 + 100 * Math.sin(x / 5 + (i % 3)) * Math.cos(y / 7);
  }),
});

describe("warp", () => {
  it("moves by whole pixels exactly, and shows beyond the edge what it is told", () => {
    const row = (border: Border, x: number): number[] => [...warp(numbered(4, 1), { ...still, x }, border).data];
    expect(row("replicate", 0)).toEqual([0, 1, 2, 3]);
    expect(row("replicate", 2)).toEqual([0, 0, 0, 1]);
    expect(row("wrap", 2)).toEqual([2, 3, 0, 1]);
    expect(row("reflect", 2)).toEqual([1, 0, 0, 1]);
    expect(row("wrap", -5)).toEqual([1, 2, 3, 0]);
    expect([...warp(numbered(1, 3), { ...still, y: 1 }, "replicate").data]).toEqual([0, 0, 1]);
  });

  it("turns against the clock about the middle", () => {
    expect([...warp(numbered(3, 3), { ...still, rotate: 90 }, "replicate").data]).toEqual([2, 5, 8, 1, 4, 7, 0, 3, 6]);
  });

  it("zooms about the middle", () => {
    expect([...warp(numbered(3, 1), { ...still, zoom: 0.5 }, "replicate").data]).toEqual([0, 1, 2]);
    const larger = warp(numbered(5, 1), { ...still, zoom: 2 }, "replicate").data;
    expect([larger[0], larger[2], larger[4]]).toEqual([1, 2, 3]);
  });

  it("comes back, but for what sampling takes", () => {
    const picture = smooth(64);
    const there = warp(picture, { zoom: 1.1, rotate: 7, x: 1.5, y: 0 }, "reflect");
    const back = warp(
      warp(there, { ...still, x: -1.5 }, "reflect"),
      { ...still, zoom: 1 / 1.1, rotate: -7 },
      "reflect",
    );
    const middle = ({ data }: Picture): Picture => ({
      ...numbered(32, 32),
      data: Uint8Array.from({ length: 1024 }, (_, i) => data[3 * ((16 + (i >> 5)) * 64 + 16 + (i & 31))]!),
    });
    expect(psnr(middle(back), middle(picture))).toBeGreaterThan(38);
  });
});

describe("lab", () => {
  it.each([
    [
      [255, 255, 255],
      [100, 0, 0],
    ],
    [
      [255, 0, 0],
      [53.24, 80.09, 67.2],
    ],
    [
      [0, 0, 255],
      [32.3, 79.19, -107.86],
    ],
    [
      [119, 119, 119],
      [50.03, 0, 0],
    ],
  ])("%j is what CIELAB says", (rgb, lab) => {
    const found = toLab({ width: 1, height: 1, channels: 3, data: Uint8Array.from(rgb) });
    for (const [c, value] of lab.entries()) expect(Math.abs(found[c]! - value)).toBeLessThan(0.06);
  });

  it("goes there and back", () => {
    const picture = smooth(16);
    expect(fromLab(toLab(picture), 16, 16)).toEqual(picture);
  });

  it("gives a picture the colours of another", () => {
    const wanted = coloursOf(toLab(smooth(32)));
    const pale = { ...smooth(32), data: smooth(32).data.map((value) => 90 + value / 4) };
    const matched = coloursOf(toLab(matchColours(pale, wanted)));
    for (let c = 0; c < 3; c++) {
      expect(Math.abs(matched.means[c]! - wanted.means[c]!)).toBeLessThan(0.7);
      expect(Math.abs(matched.deviations[c]! - wanted.deviations[c]!)).toBeLessThan(0.7);
    }
    const grey = { width: 2, height: 1, channels: 3 as const, data: new Uint8Array(6).fill(99) };
    expect(matchColours(grey, coloursOf(toLab(grey)))).toEqual(grey);
  });
});
