import { expect, it } from "vitest";
import { distance, smoothness } from "./smoothness.ts";

it("measures how evenly pictures change", () => {
  expect(smoothness([1, 1, 4, 2])).toEqual({
    mean: 2,
    max: 4,
    median: 1.5,
    maxToMedian: 4 / 1.5,
    variation: Math.sqrt(6 / 4) / 2,
    jerk: expect.closeTo((0 + 3 + 2) / 3),
  });
  expect(smoothness([3])).toMatchObject({ mean: 3, maxToMedian: 1, variation: 0, jerk: 0 });
  expect(smoothness([0, 0, 0, 1])).toMatchObject({ median: 0, maxToMedian: undefined });
  expect(smoothness([])).toMatchObject({ mean: 0, max: 0, median: 0, jerk: 0 });
  expect(smoothness([0])).toMatchObject({ variation: undefined });
});

it("measures distances as the crow flies", () => {
  expect(distance(Float32Array.of(1, 2, 3), Float32Array.of(4, 2, 7))).toBe(5);
});
