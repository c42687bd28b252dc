import { expect, it } from "vitest";
import { auc, averageRanks, correlation, rankCorrelation } from "./scores.ts";

it("shares ranks among equals", () => {
  expect([...averageRanks([3, 1, 3, 7])]).toEqual([2.5, 1, 2.5, 4]);
});

it("counts the pairs that are in the right order", () => {
  expect(auc([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0])).toBe(3 / 4);
  expect(auc([1, 1, 1], [1, 0, 0])).toBe(1 / 2);
  expect(auc([1, 2], [0, 0])).toBeNaN();
});

it("tells a straight line from a curve by values, not by ranks", () => {
  const x = [1, 2, 3, 4];
  expect(correlation(x, [2, 4, 6, 8])).toBeCloseTo(1, 12);
  // Deviations by hand.
  expect(correlation(x, [1, 4, 9, 36])).toBeCloseTo(55 / Math.sqrt(5 * 769), 12);
  expect(rankCorrelation(x, [1, 4, 9, 36])).toBeCloseTo(1, 12);
});
