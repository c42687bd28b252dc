import { expect, it } from "vitest";
import { frameOf, resizeModes } from "./frame.ts";

const text = (mode: (typeof resizeModes)[number], width: number, height: number): string => {
  const { scaled, outer } = frameOf(mode, 256, { width, height });
  return `${scaled.width}x${scaled.height} in ${outer.width}x${outer.height}`;
};

it("frames as img2dataset does", () => {
  expect(resizeModes.map((mode) => `${mode}: ${text(mode, 640, 480)}, ${text(mode, 100, 300)}`)).toEqual([
    "no: 640x480 in 640x480, 100x300 in 100x300",
    "border: 256x192 in 256x256, 85x256 in 256x256",
    "keep_ratio: 341x256 in 341x256, 256x768 in 256x768",
    "keep_ratio_largest: 256x192 in 256x192, 85x256 in 85x256",
    "center_crop: 341x256 in 256x256, 256x768 in 256x256",
  ]);
});
