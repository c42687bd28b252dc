import { expect, it } from "vitest";
import {
  argMax,
  attend,
  concat,
  constant,
  conv2d,
  embedding,
  gelu,
  geluTanh,
  grad,
  groupNorm,
  input,
  layerNorm,
  leakyRelu,
  linear,
  matmulTransposed,
  oneHot,
  quickGelu,
  rearrange,
  relu,
  silu,
  softplus,
  standardised,
  type Tensor,
  topological,
  upsampleNearest,
} from "../../src/graph/index.ts";
import { opNames } from "../../src/graph/op.ts";
import { nodeHost } from "../../src/host/node.ts";
import { normal } from "../../src/random/philox.ts";
import { compile } from "../../src/runtime/compile.ts";
import { type NdArray, ndarray } from "../../src/runtime/ndarray.ts";
import { testDevice } from "../support/run.ts";

interface Case {
  readonly shapes: readonly (readonly number[])[];
  build(...x: Tensor[]): Tensor;
}

const one = (build: (x: Tensor) => Tensor): Case => ({ shapes: [[2, 5]], build: (x) => build(x!) });
const two = (build: (x: Tensor, y: Tensor) => Tensor): Case => ({
  shapes: [
    [2, 3, 4],
    [3, 1],
  ],
  build: (x, y) => build(x!, y!),
});
const ids = constant([1, 1, 4], [3], "i64");

/** Every differentiable op, with broadcasting where it broadcasts. */
const cases: Readonly<Record<string, Case>> = {
  add: two((x, y) => x.add(y)),
  sub: two((x, y) => y.sub(x)),
  mul: two((x, y) => x.mul(y)),
  div: two((x, y) => x.div(y.square().add(1))),
  maximum: two((x, y) => x.maximum(y)),
  minimum: two((x, y) => x.minimum(y)),
  where: two((x, y) => x.greater(y).where(x.mul(2), y)),
  neg: one((x) => x.neg()),
  abs: one((x) => x.abs()),
  exp: one((x) => x.exp()),
  log: one((x) => x.square().add(1).log()),
  sqrt: one((x) => x.square().add(1).sqrt()),
  reciprocal: one((x) => x.square().add(1).reciprocal()),
  sin: one((x) => x.sin()),
  cos: one((x) => x.cos()),
  tanh: one((x) => x.tanh()),
  erf: one((x) => x.erf()),
  sigmoid: one((x) => x.sigmoid()),
  clip: one((x) => x.clip(-0.5, 0.5)),
  cast: one((x) => x.greater(0).cast("f32").mul(x)),
  silu: one(silu),
  quickGelu: one(quickGelu),
  gelu: one(gelu),
  geluTanh: one(geluTanh),
  relu: one(relu),
  leakyRelu: one((x) => leakyRelu(x, 0.2)),
  softplus: one(softplus),
  sum: one((x) => x.sum([0])),
  mean: one((x) => x.mean([1], true)),
  max: one((x) => x.max([1])),
  softmax: one((x) => x.softmax()),
  logSoftmax: one((x) => x.logSoftmax()),
  reshape: one((x) => x.reshape([5, 2])),
  transpose: one((x) => x.transpose([1, 0])),
  expand: one((x) => x.reshape([2, 1, 5]).expand([2, 3, 5])),
  slice: one((x) => x.slice(1, 1, 4)),
  pad: one((x) =>
    x.pad([
      [1, 0],
      [0, 2],
    ]),
  ),
  rearrange: one((x) => rearrange(x, "a b -> b a 1")),
  concat: {
    shapes: [
      [2, 3],
      [2, 4],
    ],
    build: (x, y) => concat([x!, y!], 1),
  },
  upsampleNearest: { shapes: [[1, 2, 3, 4]], build: (x) => upsampleNearest(x!, 5, 8) },
  matmul: {
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    build: (x, y) => x!.matmul(y!),
  },
  matmulTransposed: {
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    build: (x, y) => matmulTransposed(x!, y!),
  },
  linear: { shapes: [[2, 3, 4], [5, 4], [5]], build: (x, w, b) => linear(x!, w!, b) },
  embedding: { shapes: [[6, 3]], build: (table) => embedding(table!, ids) },
  conv2d: {
    shapes: [[2, 3, 5, 6], [4, 3, 3, 3], [4]],
    build: (x, w, b) => conv2d(x!, w!, b, { stride: 2, padding: [1, 0, 1, 2] }),
  },
  groupNorm: {
    shapes: [[2, 6, 3, 4], [6], [6]],
    build: (x, w, b) => groupNorm(x!, w!, b!, { groups: 3, epsilon: 1e-5 }),
  },
  standardised: { shapes: [[2, 3, 8]], build: (x) => standardised(x!, 1e-5) },
  layerNorm: { shapes: [[2, 3, 8], [8], [8]], build: (x, w, b) => layerNorm(x!, w!, b!, { epsilon: 1e-5 }) },
  attend: {
    shapes: [
      [2, 5, 8],
      [2, 5, 8],
      [2, 5, 8],
    ],
    build: (q, k, v) => attend(q!, k!, v!, { heads: 2, causal: true }),
  },
};

/**
 * Ops that give no gradient: whole numbers, comparisons, sources, what only gradients are made of, and what a processor
 * makes of others when a graph is compiled.
 */
const without = [
  "argMax constant conv2dInputGrad conv2dWeightGrad detach embeddingGrad equal fromBlocks greater input inverseDeviation",
  "oneHot parameter pick sign toBlocks",
  "blockedConv2d blockedDoublingConv2d blockedKernel int8Columns int8Kernel int8Scales quantizedConv2d quantizedLinear quarterKernel",
].flatMap((names) => names.split(" "));

it("covers every op", () => {
  const covered = Object.values(cases).flatMap(({ shapes, build }) =>
    topological([build(...shapes.map((shape, i) => input(`x${i}`, "f32", shape)))]).map((x) => x.op.name),
  );
  expect([...new Set([...covered, ...without])].sort()).toEqual(opNames().sort());
});

it.each(Object.keys(cases))("%s: the gradient is the limit of differences", async (name) => {
  const { shapes, build } = cases[name]!;
  const xs = shapes.map((shape, i) => input(`x${i}`, "f32", shape));
  const y = build(...xs);
  const seed = constant(
    normal(
      1,
      99,
      y.shape.reduce<number>((n, d) => n * Number(d), 1),
    ),
    y.shape,
  );
  const loss = y.mul(seed).sum();
  const gradients = Object.fromEntries(grad(loss, xs).map((g, i) => [`d${i}`, g]));
  const graph = await compile({ host: nodeHost(), outputs: { loss, ...gradients }, device: testDevice });
  const values = shapes.map((shape, i) =>
    ndarray(
      normal(
        1,
        i,
        shape.reduce((n, d) => n * d, 1),
      ),
      shape,
    ),
  );
  const run = () => graph.run(Object.fromEntries(values.map((v, i) => [`x${i}`, v])));
  const found = await run();
  const at = async (array: NdArray<"f32">, k: number, value: number): Promise<number> => {
    const kept = array.data[k]!;
    array.data[k] = value;
    const result = (await run()).loss!.data[0];
    array.data[k] = kept;
    return Number(result);
  };
  const step = 2e-3;
  for (const [i, array] of values.entries()) {
    const stride = Math.max(1, Math.floor(array.data.length / 4));
    for (let k = 0; k < array.data.length; k += stride) {
      const x = array.data[k]!;
      const slope = ((await at(array, k, x + step)) - (await at(array, k, x - step))) / (2 * step);
      expect(Math.abs(Number(found[`d${i}`]!.data[k]) - slope)).toBeLessThan(5e-3 * (1 + Math.abs(slope)));
    }
  }
  await graph.close();
});

it("keeps whole numbers and marks exact", async () => {
  const x = input("x", "f32", [2, 3]);
  const outputs = {
    largest: argMax(x, 1),
    marks: oneHot(argMax(x, 1), 3),
    same: x.detach().equal(x).cast("f32"),
    sign: x.sign(),
  };
  const graph = await compile({ host: nodeHost(), outputs, device: testDevice });
  const result = await graph.run({ x: ndarray(Float32Array.of(1, 5, 5, -2, -3, -4), [2, 3]) });
  await graph.close();
  expect([...result.largest!.data]).toEqual([1n, 0n]);
  expect([...result.marks!.data]).toEqual([0, 1, 0, 1, 0, 0]);
  expect([...result.same!.data]).toEqual([1, 1, 1, 1, 1, 1]);
  expect([...result.sign!.data]).toEqual([1, 1, 1, -1, -1, -1]);
});
