import { expect, it } from "vitest";
import { expectClose } from "../../tests/support/golden.ts";
import { run } from "../../tests/support/run.ts";
import { normal } from "../random/philox.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { type ConvOptions, conv2d, grad, input } from "./index.ts";

const random = (stream: number, shape: readonly number[]): NdArray<"f32"> =>
  ndarray(
    normal(
      1,
      stream,
      shape.reduce((a, b) => a * b),
    ),
    shape,
  );

/** Row `i` of `parts` equal ones. */
const part = ({ data, shape }: NdArray<"f32">, i: number, parts: number): NdArray<"f32"> => {
  const size = data.length / parts;
  return ndarray(data.slice(i * size, (i + 1) * size), [shape[0]! / parts, ...shape.slice(1)]);
};

const [pictures, channels] = [64, 16];

/** Convolution and gradients of pictures (n 16 4 5). */
async function convolve(kernel: number, options: ConvOptions, feeds: Readonly<Record<string, NdArray<"f32">>>) {
  const shapeOf = (name: string) => feeds[name]!.shape;
  const [x, w, b] = [
    input("x", "f32", shapeOf("x")),
    input("w", "f32", [24, channels, kernel, kernel]),
    input("b", "f32", [24]),
  ];
  const y = conv2d(x, w, b, options);
  const [dx, dw, db] = grad(y.mul(input("dy", "f32", shapeOf("dy"))).sum(), [x, w, b]);
  return run({ y, dx: dx!, dw: dw!, db: db! }, feeds);
}

it.each<[number, ConvOptions, number, number]>([
  [3, { padding: 1 }, 4, 5],
  [3, { padding: [0, 2, 1, 0] }, 3, 5],
  [3, { padding: 1, stride: 2 }, 2, 3],
  [4, { padding: 1, stride: 2 }, 2, 2],
  [1, {}, 4, 5],
  [1, { stride: 2 }, 2, 3],
  [2, { stride: 2 }, 2, 2],
])("convolves many small pictures as it does few: kernel of %i, %o", async (kernel, options, height, width) => {
  const x = random(0, [pictures, channels, 4, 5]);
  const dy = random(1, [pictures, 24, height, width]);
  const shared = { w: random(2, [24, channels, kernel, kernel]), b: random(3, [24]) };
  const whole = await convolve(kernel, options, { x, dy, ...shared });
  const sums = new Float64Array(whole.dw!.data.length);
  for (let i = 0; i < 16; i++) {
    const few = await convolve(kernel, options, { x: part(x, i, 16), dy: part(dy, i, 16), ...shared });
    for (const name of ["y", "dx"]) expectClose(part(whole[name] as NdArray<"f32">, i, 16), few[name]!, { atol: 1e-4 });
    for (const [k, value] of (few.dw!.data as Float32Array).entries()) sums[k]! += value;
  }
  expectClose(whole.dw!, ndarray(Float32Array.from(sums), whole.dw!.shape), { atol: 1e-3 });
  expect(sums.some((value) => Math.abs(value) > 1)).toBe(true);
});
