import { expect, it } from "vitest";
import { uniform } from "../random/philox.ts";
import { spread } from "./noise-prediction.ts";

it("takes one time of each part of a batch", () => {
  const times = spread(uniform(1, 0, 8), 1);
  expect(times.map((time) => Math.floor(8 * time))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(new Set(times.map((time) => (8 * time) % 1)).size).toBe(8);
});

it("shifts times towards noise, and none out of what there is", () => {
  const even = Float32Array.from({ length: 1000 }, () => 0.5);
  const later = (shift: number): number => spread(even, shift).filter((time) => time > 0.5).length;
  expect([later(1), later(3), later(1 / 3)]).toEqual([500, 750, 250]);
  const last = spread(Float32Array.of(0, 1 - 2 ** -24), 3);
  expect([last[0], Math.floor(1000 * last[1]!)]).toEqual([0, 999]);
});
