import { expect, it } from "vitest";
import { learningRate } from "./lr.ts";

it("warms up, stays or falls along a cosine", () => {
  const rate = { peak: 2, warmup: 4, steps: 14 };
  const constant = [0, 1, 3, 4, 13].map((step) => learningRate(step, { ...rate, schedule: "constant" }));
  expect(constant).toEqual([0.5, 1, 2, 2, 2]);
  const cosine = [0, 3, 4, 9, 14, 20].map((step) => learningRate(step, { ...rate, schedule: "cosine" }));
  expect(cosine.map((value) => Number(value.toFixed(12)))).toEqual([0.5, 2, 2, 1, 0, 0]);
  expect(learningRate(0, { ...rate, warmup: 0, schedule: "constant" })).toBe(2);
});
