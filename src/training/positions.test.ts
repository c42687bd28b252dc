import { expect, test } from "vitest";
import { ndarray } from "../runtime/ndarray.ts";
import { resizedPositions } from "./positions.ts";

/** The token for the whole, then a square of patches whose two numbers are given by row and column. */
const positions = (edge: number, at: (row: number, column: number) => readonly [number, number]) =>
  ndarray(
    Float32Array.from([
      7,
      8,
      ...Array.from({ length: edge * edge }, (_, i) => at(Math.floor(i / edge), i % edge)).flat(),
    ]),
    [1 + edge * edge, 2],
  );

test("a square of the same edge stays to the bit", () => {
  const given = positions(3, (row, column) => [Math.sin(row + 3 * column), row - column]);
  expect(resizedPositions(given, 3)).toEqual(given);
});

test("between neighbours lies what PyTorch's bilinear interpolation gives", () => {
  const { data, shape } = resizedPositions(
    positions(2, (row, column) => [row, 10 * column]),
    4,
  );
  expect(shape).toEqual([17, 2]);
  expect([...data.subarray(0, 2)]).toEqual([7, 8]);
  const steps = [0, 0.25, 0.75, 1];
  expect([...data.subarray(2)]).toEqual(steps.flatMap((row) => steps.flatMap((column) => [row, 10 * column])));
});

test("a smaller square samples the larger one", () => {
  const { data } = resizedPositions(
    positions(4, (row, column) => [row, column]),
    2,
  );
  expect([...data.subarray(2)]).toEqual([0.5, 0.5, 0.5, 2.5, 2.5, 0.5, 2.5, 2.5]);
});
