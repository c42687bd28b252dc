import { expect, it } from "vitest";
import {
  attend,
  concat,
  conv2d,
  embedding,
  gelu,
  geluTanh,
  grad,
  groupNorm,
  input,
  layerNorm,
  linear,
  oneHot,
  quickGelu,
  silu,
  type Tensor,
  upsampleNearest,
} from "../../src/graph/index.ts";
import { unit } from "../../src/models/clip/index.ts";
import { expectClose, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run } from "../support/run.ts";

type Inputs = Readonly<Record<"x" | "y" | "w" | "b" | "q" | "k" | "v" | "ids", Tensor>>;

/** The reference's ops, in our words. */
const ops: Readonly<Record<string, (inputs: Inputs) => Tensor>> = {
  conv3x3_s1: ({ x, w, b }) => conv2d(x, w, b, { padding: 1 }),
  conv3x3_s2: ({ x, w, b }) => conv2d(x, w, b, { stride: 2, padding: 1 }),
  conv3x3_s2_asym: ({ x, w, b }) => conv2d(x, w, b, { stride: 2, padding: [0, 0, 1, 1] }),
  conv1x1: ({ x, w, b }) => conv2d(x, w, b),
  patch_conv: ({ x, w }) => conv2d(x, w, undefined, { stride: 4 }),
  linear: ({ x, w, b }) => linear(x, w, b),
  group_norm: ({ x, w, b }) => groupNorm(x, w, b, { groups: 3, epsilon: 1e-5 }),
  group_norm_eps6: ({ x, w, b }) => groupNorm(x, w, b, { groups: 3, epsilon: 1e-6 }),
  layer_norm: ({ x, w, b }) => layerNorm(x, w, b, { epsilon: 1e-5 }),
  silu: ({ x }) => silu(x),
  gelu: ({ x }) => gelu(x),
  gelu_tanh: ({ x }) => geluTanh(x),
  quick_gelu: ({ x }) => quickGelu(x),
  geglu: ({ x, w, b }) => {
    const y = linear(x, w, b);
    return y.slice(-1, 0, 4).mul(gelu(y.slice(-1, 4, 8)));
  },
  upsample_nearest2x: ({ x }) => upsampleNearest(x, 12, 10),
  upsample_nearest_size: ({ x }) => upsampleNearest(x, 11, 9),
  softmax: ({ x }) => x.softmax(),
  log_softmax: ({ x }) => x.logSoftmax(),
  embedding: ({ w, ids }) => embedding(w, ids),
  attention_cross: ({ q, k, v }) => attend(q, k, v, { heads: 2 }),
  attention_causal: ({ q, k, v }) => attend(q, k, v, { heads: 4, causal: true }),
  mse: ({ x, y }) => x.sub(y).square().mean(),
  cross_entropy: ({ x, ids }) => x.logSoftmax().mul(oneHot(ids, 4)).sum([1]).neg().mean(),
  l2_normalize: ({ x }) => unit(x),
  concat_slice: ({ x, y }) => concat([x, y], 1).slice(1, 1, 9),
};

const reference = golden<{ ops: Record<string, unknown>; tolerance: Tolerance }>("grad-ops");

it("covers all of the reference's ops", () => {
  expect(Object.keys(ops)).toEqual(Object.keys(reference.case.ops));
});

it.each(Object.keys(ops))("%s", async (name) => {
  const own = [...reference.inputs].filter(([key]) => key.startsWith(`${name}.`));
  const feeds = Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
  const inputs = Object.fromEntries(Object.entries(feeds).map(([key, x]) => [key, input(key, x.dtype, x.shape)]));
  const out = ops[name]!(inputs as Inputs);
  const differentiable = Object.keys(inputs).filter((key) => key !== "grad_out" && key !== "ids");
  const gradients = grad(
    out.mul(inputs.grad_out!).sum(),
    differentiable.map((key) => inputs[key]!),
  );
  const outputs = Object.fromEntries(differentiable.map((key, i) => [`grad_${key}`, gradients[i]!]));
  for (const [key, value] of Object.entries(await run({ out, ...outputs }, feeds))) {
    expectClose(value, tensor(reference.expected, `${name}.${key}`), reference.case.tolerance);
  }
});
