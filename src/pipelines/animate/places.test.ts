import { expect, it } from "vitest";
import { type Easing, easings, placesOf, routeOf, shareOut } from "./places.ts";

it("divides each pair, ends included", () => {
  expect(placesOf([4], "linear")).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(placesOf([1, 2], "linear")).toEqual([0, 1, 1.5, 2]);
});

it.each(Object.keys(easings) as Easing[])("eases %s from end to end, never back", (easing) => {
  const places = placesOf([50, 50], easing);
  expect([places[0], places[50], places[100]]).toEqual([0, 1, 2]);
  for (const [i, place] of places.slice(1).entries()) expect(place).toBeGreaterThan(places[i]!);
  const [start, end] = [places[1]! - places[0]!, places[50]! - places[49]!];
  const slow = { linear: [false, false], in: [true, false], out: [false, true], "in-out": [true, true] }[easing];
  expect([start < 0.01, end < 0.01]).toEqual(slow);
});

it("goes back, or round, without showing a frame twice", () => {
  expect(routeOf(3, "once")).toEqual({ order: [0, 1, 2], closed: false });
  expect(routeOf(3, "ping-pong")).toEqual({ order: [0, 1, 2, 1, 0], closed: true });
  expect(routeOf(3, "loop")).toEqual({ order: [0, 1, 2], closed: true });
});

it("shares intervals out by length, one to each at least", () => {
  expect(shareOut(10, [1, 1])).toEqual([5, 5]);
  expect(shareOut(12, [1, 3])).toEqual([4, 8]);
  expect(shareOut(5, [0, 9, 1])).toEqual([1, 3, 1]);
  expect(shareOut(4, [0, 0])).toEqual([2, 2]);
  expect(() => shareOut(1, [1, 1])).toThrow("2 frames do not reach 3 ends: ask for more");
});
