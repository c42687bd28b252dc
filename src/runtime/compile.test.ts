import { expect, it } from "vitest";
import { expectClose } from "../../tests/support/golden.ts";
import { circular } from "../graph/circular.ts";
import { mulDims } from "../graph/dim.ts";
import {
  concat,
  conv2d,
  embedding,
  input,
  linear,
  type Ranges,
  silu,
  type Tensor,
  upsampleNearest,
} from "../graph/index.ts";
import { nodeHost } from "../host/node.ts";
import { fanIn, parameter } from "../nn/module.ts";
import type { WeightData } from "../onnx/emit.ts";
import { normal } from "../random/philox.ts";
import { type CompileOptions, compile } from "./compile.ts";
import { elements, ints, type NdArray, ndarray } from "./ndarray.ts";
import { WeightStore } from "./weight-store.ts";

const host = nodeHost();

function weight(name: string, shape: readonly number[]): Tensor {
  const made = parameter(shape, fanIn(1));
  made.name = name;
  return made;
}

const random = (seed: number, shape: readonly number[]): NdArray<"f32"> =>
  ndarray(normal(seed, 0, elements(shape)), shape);

const x = input("x", "f32", ["n", 32, "h", "w"]);
const [kernel, bias] = [weight("kernel", [64, 32, 3, 3]), weight("bias", [64])];
const rows = input("rows", "f32", ["n", "l", 48]);
const [matrix, shift] = [weight("matrix", [40, 48]), weight("shift", [40])];
const seen = silu(x);
const convolution = conv2d(seen, kernel, bias, { stride: 2, padding: 1 });
const outputs = {
  convolution,
  layer: linear(rows, matrix, shift),
  alone: linear(rows, matrix),
};
const arrays: Readonly<Record<string, NdArray<"f32">>> = {
  kernel: random(1, [64, 32, 3, 3]),
  bias: random(2, [64]),
  matrix: random(3, [40, 48]),
  shift: random(4, [40]),
};
const inputs = { x: random(5, [2, 32, 10, 6]), rows: random(6, [2, 7, 48]) };

async function run(options: Partial<CompileOptions>, given: Readonly<Record<string, NdArray>> = inputs) {
  const graph = await compile({ host, outputs, ...options });
  const results = await graph.run(given);
  await graph.close();
  return results;
}

const weights = (key: string): WeightData => arrays[key]!;
const plain = await run({}, { ...inputs, ...arrays });

it("arranges weights for the processor without changing what comes out", async () => {
  for (const lean of [false, true]) {
    const arranged = await run({ weights, lean });
    for (const name of Object.keys(outputs)) expectClose(arranged[name]!, plain[name]!, { atol: 1e-4 });
  }
});

it("smooths doubled pictures by kernels for each quarter of a pixel, and slices weights in place of results", async () => {
  const apart = linear(rows, matrix, shift);
  const doubled = conv2d(upsampleNearest(x, mulDims(2, "h"), mulDims(2, "w")), kernel, bias, { padding: 1 });
  const outputs = {
    doubled,
    around: circular([doubled])[0]!,
    gate: apart.slice(-1, 0, 25).mul(apart.slice(-1, 25, 40).sum()),
  };
  const [found, expected] = [await run({ weights, outputs }), await run({ outputs }, { ...inputs, ...arrays })];
  for (const name of Object.keys(outputs)) expectClose(found[name]!, expected[name]!, { atol: 1e-4 });
});

/** Size of the difference in parts of the size of what it should be. */
function error(found: NdArray, expected: NdArray): number {
  const [a, b] = [found.data as Float32Array, expected.data as Float32Array];
  const size = (values: Float32Array): number => Math.hypot(...values);
  return size(a.map((value, i) => value - b[i]!)) / size(b);
}

it("calculates in eight bits, near to what it should be", async () => {
  const extremes = (y: Tensor): Tensor[] => [y.neg().max().neg(), y.max()].map((value) => value.reshape([1]));
  const { range } = await run({ weights, outputs: { range: concat([seen, convolution].flatMap(extremes), 0) } });
  const ranges = { kernel: [...(range!.data as Float32Array)] } as unknown as Ranges;
  const found = await run({ weights, int8: { ranges } });
  for (const name of Object.keys(outputs)) {
    expect(error(found[name]!, plain[name]!)).toBeLessThan(0.02);
    expect(error(found[name]!, plain[name]!)).toBeGreaterThan(0.001);
  }
  // A convolution whose range nobody has seen stays as it is.
  const unseen = await run({ weights, int8: { ranges: {} } });
  expectClose(unseen.convolution!, plain.convolution!, { atol: 1e-4 });
});

it("reads large weights where they lie, for all graphs of a model", async () => {
  const table = weight("table", [2 ** 23 + 1, 4]);
  const data = new Float32Array(elements(table.shape as number[]));
  const store = new WeightStore(host);
  const found = (scale: number) =>
    compile({
      host,
      store,
      outputs: { found: embedding(table, input("ids", "i64", ["n"])).mul(scale) },
      weights: () => ({ dtype: "f32", data }),
    });
  const [once, twice] = [await found(1), await found(2)];
  data.set([1, 2, 3, 4], 4 * 2 ** 23);
  const ids = ints([2 ** 23]);
  expect([...(await once.run({ ids })).found!.data]).toEqual([1, 2, 3, 4]);
  expect([...(await twice.run({ ids })).found!.data]).toEqual([2, 4, 6, 8]);
  await Promise.all([once.close(), twice.close()]);
});
