// Single ops against this machine's floor: npx tsx benchmarks/ops.bench.ts

import { attend, conv2d, grad, groupNorm, input, layerNorm, linear, type Tensor } from "../src/graph/index.ts";
import { nodeHost } from "../src/host/node.ts";
import { openCase, weight } from "../src/pipelines/bench/runner.ts";
import { adamW, adamWUpdate } from "../src/training/adamw.ts";
import { type Benchmark, report } from "./report.ts";

const x = (name: string, ...shape: number[]): Tensor => input(name, "f32", shape);

const bench = (name: string, outputs: Readonly<Record<string, Tensor>>): Benchmark => ({
  name,
  open: () => openCase(nodeHost(), { name, outputs }),
});

/** Gradients of y for what flows back into it, with a random gradient of its own. */
function backward(name: string, y: Tensor, into: Readonly<Record<string, Tensor>>): Benchmark {
  const dy = input("dy", "f32", y.shape);
  const found = grad(y.mul(dy).sum(), Object.values(into));
  return bench(name, Object.fromEntries(Object.keys(into).map((key, i) => [`d${key}`, found[i]!])));
}

function convolution(n: number, channels: number, out: number, edge: number, kernel: number, stride = 1): Benchmark[] {
  const name = `conv ${kernel}×${kernel} ${channels}→${out}${stride > 1 ? ` stride ${stride}` : ""}, ${n} of ${edge}×${edge}`;
  const padding = (kernel - 1) / 2;
  const picture = x("x", n, channels, edge, edge);
  const w = x("weight", out, channels, kernel, kernel);
  const y = conv2d(picture, w, undefined, { stride, padding });
  return [
    bench(name, { y: conv2d(picture, weight([out, channels, kernel, kernel]), undefined, { stride, padding }) }),
    backward(`${name}: gradient of the input`, y, { x: picture }),
    backward(`${name}: gradient of the kernel`, y, { weight: w }),
  ];
}

function dense(rows: number, width: number, out: number): Benchmark[] {
  const name = `linear ${width}→${out}, ${rows} rows`;
  const [rowsOf, w, b] = [x("x", rows, width), x("weight", out, width), x("bias", out)];
  return [
    bench(name, { y: linear(rowsOf, weight([out, width]), weight([out], "bias")) }),
    backward(`${name}: gradients`, linear(rowsOf, w, b), { x: rowsOf, weight: w, bias: b }),
  ];
}

function attention(n: number, tokens: number, heads: number, width: number): Benchmark[] {
  const name = `attention, ${n} of ${tokens} tokens, ${heads} heads × ${width / heads}`;
  const [q, k, v] = ["q", "k", "v"].map((key) => x(key, n, tokens, width)) as [Tensor, Tensor, Tensor];
  return [
    bench(name, { y: attend(q, k, v, { heads }) }),
    backward(`${name}: gradients`, attend(q, k, v, { heads }), { q, k, v }),
  ];
}

function groupNorms(n: number, channels: number, edge: number, groups: number): Benchmark[] {
  const name = `group norm of ${channels}, ${n} of ${edge}×${edge}`;
  const [picture, gain, bias] = [x("x", n, channels, edge, edge), x("weight", channels), x("bias", channels)];
  const y = groupNorm(picture, gain, bias, { groups, epsilon: 1e-5 });
  return [bench(name, { y }), backward(`${name}: gradients`, y, { x: picture, weight: gain, bias })];
}

function layerNorms(rows: number, width: number): Benchmark[] {
  const name = `layer norm of ${width}, ${rows} rows`;
  const [rowsOf, gain, bias] = [x("x", rows, width), x("weight", width), x("bias", width)];
  const y = layerNorm(rowsOf, gain, bias, { epsilon: 1e-5 });
  return [bench(name, { y }), backward(`${name}: gradients`, y, { x: rowsOf, weight: gain, bias })];
}

function update(millions: number): Benchmark {
  const tensor = (name: string): Tensor => x(name, millions, 1024, 1024);
  const [lr, meanCorrection, spreadCorrection] = ["lr", "mean correction", "spread correction"].map((name) => x(name));
  const scalars = { lr: lr!, meanCorrection: meanCorrection!, spreadCorrection: spreadCorrection! };
  const moments = { param: tensor("weights"), mean: tensor("mean"), square: tensor("square") };
  const moved = adamWUpdate(moments, tensor("gradient"), scalars, adamW(), 0.01);
  const outputs = Object.entries(moved).map(([key, y]) => [`new ${key}`, y] as const);
  return bench(`AdamW of ${millions} Mi weights`, Object.fromEntries(outputs));
}

await report("ops", [
  ...convolution(2, 320, 320, 64, 3),
  ...convolution(2, 320, 320, 64, 1),
  ...convolution(16, 128, 128, 16, 3),
  ...convolution(32, 64, 128, 16, 3, 2),
  ...dense(2048, 1280, 1280),
  ...dense(8192, 192, 192),
  ...attention(2, 1024, 8, 320),
  ...attention(32, 64, 4, 128),
  ...groupNorms(2, 320, 64, 32),
  ...groupNorms(32, 128, 16, 16),
  ...layerNorms(8192, 192),
  update(4),
]);
