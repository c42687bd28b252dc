import type { Shape } from "../graph/dim.ts";
import { input, matmulTransposed, type Tensor } from "../graph/index.ts";
import { copy, rewrite } from "../graph/rewrite.ts";

/** Names of the inputs that a module's low-rank branch reads: (rank in …) and (out rank …). */
export const lowRankInputs = (module: string): readonly [down: string, up: string] => [
  `${module}.lora_A.weight`,
  `${module}.lora_B.weight`,
];

/** A and B of a module by their shapes. */
export type LowRankPair = (module: string, down: Shape, up: Shape) => readonly [down: Tensor, up: Tensor];

const inputPair: LowRankPair = (module, down, up) => {
  const [a, b] = lowRankInputs(module);
  return [input(a, "f32", down), input(b, "f32", up)];
};

/**
 * Low-rank adaptation: Hu et al. 2022. Each linear layer and convolution among `modules`, named by the path of its weight,
 * gets a branch beside it, y = W x + B (A x), whose A and B are inputs of the graph, of any rank, unless `pair` makes them. A
 * convolution's A is a kernel as wide as its own, B one of a single pixel.
 */
export function withLowRank(outputs: readonly Tensor[], modules: ReadonlySet<string>, pair = inputPair): Tensor[] {
  return rewrite(outputs, (y) => {
    const weight = y.inputs[1];
    const module = weight?.name?.replace(/\.weight$/, "");
    const known = y.op.name === "linear" || y.op.name === "conv2d";
    return known && module !== undefined && modules.has(module) ? y.add(branch(y, module, pair)) : y;
  });
}

function branch(y: Tensor, module: string, pair: LowRankPair): Tensor {
  const [x, weight] = y.inputs as [Tensor, Tensor];
  const [out, ...into] = weight.shape;
  const rank = `rank(${module})`;
  const linear = y.op.name === "linear";
  const [a, b] = pair(module, [rank, ...into], linear ? [out!, rank] : [out!, rank, 1, 1]);
  if (linear) return matmulTransposed(matmulTransposed(x, a), b);
  return copy(y, [copy(y, [x, a]), b], { ...(y.attributes as object), stride: 1, padding: [0, 0, 0, 0] });
}
