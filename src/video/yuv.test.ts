import { expect, it } from "vitest";
import { toYuv420 } from "./yuv.ts";

const flat = (...rgb: number[]) => ({
  width: 3,
  height: 1,
  channels: 3 as const,
  data: Uint8Array.from({ length: 9 }, (_, i) => rgb[i % 3]!),
});

it.each([
  ["black", [0, 0, 0], [16, 128, 128]],
  ["white", [255, 255, 255], [235, 128, 128]],
  ["red", [255, 0, 0], [63, 102, 240]],
  ["green", [0, 255, 0], [173, 42, 26]],
  ["blue", [0, 0, 255], [32, 240, 118]],
])("%s is what BT.709 says", (_, rgb, [y, cb, cr]) => {
  expect([...toYuv420(flat(...rgb))]).toEqual([y, y, y, cb, cb, cr, cr]);
});
