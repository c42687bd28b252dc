import { expect, test } from "vitest";
import { filled } from "./filled.ts";

const size = 8;
/** A picture from rows of characters: "#" black, "." nothing, "r" red. */
const picture = (...rows: readonly string[]): Uint8Array =>
  Uint8Array.from([...rows.join("")].flatMap((c) => (c === "." ? [0, 0, 0, 0] : [c === "r" ? 200 : 0, 0, 0, 255])));
const at = (rgba: Uint8Array, x: number, y: number): number[] => [...rgba.subarray(4 * (y * size + x)).subarray(0, 4)];

const ring = ["........", ".######.", ".#....#.", ".#....#.", ".######.", ".....#..", ".....###", "........"];
const red = Array.from({ length: size }, () => "rrrrrrrr");

test("what lines enclose takes the other drawing's colour; lines and the outside stay", () => {
  const out = filled(picture(...ring), picture(...red), size);
  for (const x of [2, 3, 4, 5]) expect(at(out, x, 2)).toEqual([200, 0, 0, 255]);
  expect(at(out, 1, 1)).toEqual([0, 0, 0, 255]);
  expect(at(out, 0, 0)).toEqual([0, 0, 0, 0]);
  // Below the ring, between its tail and the border.
  expect(at(out, 6, 5)).toEqual([0, 0, 0, 0]);
});

test("a part is one colour, the mean of what is there, and stays empty where there is too little", () => {
  const half = filled(picture(...ring), picture(...red.map(() => "rrrr####")), size);
  expect(at(half, 2, 2)).toEqual([100, 0, 0, 255]);
  expect(at(half, 5, 3)).toEqual([100, 0, 0, 255]);
  const little = filled(picture(...ring), picture(...red.map(() => "rrr.....")), size);
  expect(at(little, 2, 2)).toEqual([0, 0, 0, 0]);
});

test("soft edges of a line let the colour through", () => {
  const soft = picture(...ring);
  soft[4 * (2 * size + 2) + 3] = 102;
  expect(at(filled(soft, picture(...red), size), 2, 2)).toEqual([120, 0, 0, 255]);
});
