import fc from "fast-check";
import { expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { cameraMotions } from "./camera.ts";

const still = { zoom: 1, rotate: 0, x: 0, y: 0 };

it("takes one value for all frames", () => {
  const [first, , last] = cameraMotions("zoom 1.02, rotate -0.5, x +2, y .5", 3);
  expect(first).toEqual({ zoom: 1.02, rotate: -0.5, x: 2, y: 0.5 });
  expect(last).toEqual(first);
});

it("goes evenly from key to key, and stays before the first and after the last", () => {
  const zooms = cameraMotions("zoom 2:1 6:1.2 8:1", 10).map(({ zoom }) => Math.round(zoom * 1e6) / 1e6);
  expect(zooms).toEqual([1, 1, 1, 1.05, 1.1, 1.15, 1.2, 1.1, 1, 1]);
});

it("computes expressions of the frame", () => {
  const motions = cameraMotions("x (10*sin(t/10)), rotate 0:(t-(2+3)*-cos(0)/2) 10:0, y (2-1-1)", 6);
  for (const [t, { x, rotate, y }] of motions.entries()) {
    expect(x).toBeCloseTo(10 * Math.sin(t / 10), 12);
    expect(rotate).toBeCloseTo((1 - t / 10) * (t + 2.5), 12);
    expect(y).toBe(0);
  }
  expect(cameraMotions("zoom 1", 1)).toEqual([still]);
});

it.each([
  ["zomm 1.02", "camera: zomm at character 1: must be one of zoom, rotate, x, y"],
  ["", "camera: at the end: must be one of zoom, rotate, x, y"],
  [
    "zoom 1.02 rotate 2",
    "camera: rotate at character 11: must be a comma; of several values, each has its frame before it",
  ],
  ["zoom 1 2", "camera: 2 at character 8: must be a comma"],
  ["zoom", "camera: at the end: must be a number, or an expression in brackets"],
  ["x 1, x 2", "camera: x at character 6: is there twice"],
  ["x 0:1 0:2", "camera: 0 at character 7: must be more than 0, the frame before"],
  ["x 1.5:2", "camera: 1.5 at character 3: must be a whole number, as a colon follows"],
  ["x (1+2", "camera: at the end: must be an operator or a closing bracket"],
  ["x (process)", "camera: process at character 4: must be a number, t, sin(…), cos(…) or a bracket"],
  ["x (sin 2)", "camera: 2 at character 8: must be an opening bracket, as sin comes before"],
  ["x 1e999", "camera: 1e999 at character 3: is no number"],
  [`x ${"(".repeat(500)}`, "camera: ( at character 103: more than 100 brackets in each other"],
  ["zoom (1-t)", "the camera's zoom is 0 at frame 1; it must be more than 0"],
  ["x (1/t)", "the camera's x is Infinity at frame 0; it must be finite"],
])("points at what is wrong in %j", (text, message) => {
  expect(() => cameraMotions(text, 5)).toThrow(message);
});

it("refuses any other text in a line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[zoomtxyrin0-9.:,()*/+ -]{0,40}$/)), (text) => {
      try {
        cameraMotions(text, 2);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
  );
});
