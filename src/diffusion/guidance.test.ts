import { expect, test } from "vitest";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { guide, rescaleGuidance } from "./guidance.ts";
import { combine, type Latents, stack } from "./latents.ts";

const random = (stream: number): Latents => ndarray(normal(5, stream, 32), [2, 1, 4, 4]);
const [without, prompt] = [random(0), random(1)];

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

test("guidance goes through both predictions and beyond", () => {
  expect(guide(without, prompt, 0)).toEqual(without);
  expect(guide(without, prompt, 1)).toEqual(prompt);
  const guided = guide(without, prompt, 7.5);
  expect(guided.data[3]).toBeCloseTo(without.data[3]! + 7.5 * (prompt.data[3]! - without.data[3]!), 5);
});

test("rescaling gives each picture its own conditional deviation", () => {
  const guided = guide(without, prompt, 7.5);
  const full = rescaleGuidance(guided, prompt, 1);
  for (const start of [0, 16]) {
    expect(deviation(full.data.slice(start, start + 16))).toBeCloseTo(
      deviation(prompt.data.slice(start, start + 16)),
      5,
    );
  }
  expect(rescaleGuidance(guided, prompt, 0)).toEqual(guided);
});

test("combine skips what has no weight, and refuses other shapes", () => {
  const broken = ndarray(new Float32Array(32).fill(Number.NaN), [2, 1, 4, 4]);
  expect(combine([1, prompt], [0, broken])).toEqual(prompt);
  expect(() => combine([1, prompt], [1, ndarray(new Float32Array(16), [1, 1, 4, 4])])).toThrow(
    "latents [1,1,4,4] do not fit [2,1,4,4]",
  );
  expect(stack([prompt, without]).shape).toEqual([4, 1, 4, 4]);
});
