import { expect, it } from "vitest";
import { ndarray } from "../../runtime/ndarray.ts";
import { bilinear } from "./hires.ts";

it("enlarges latents as torch interpolates without aligned corners", () => {
  const x = ndarray(Float32Array.of(0, 1, 2, 3), [1, 1, 2, 2]);
  expect([...bilinear(x, 4, 4).data]).toEqual([
    0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3,
  ]);
  const odd = bilinear(x, 3, 2);
  expect(odd.shape).toEqual([1, 1, 3, 2]);
  expect([...odd.data].map((value) => Math.round(value * 1e4) / 1e4)).toEqual([0, 1, 1, 2, 2, 3]);
});
