import { simplify, staticSize, type Tensor, topological } from "../../graph/index.ts";

/** What a graph cannot do without. */
export interface Cost {
  /** Floating-point operations of matrix products, a multiplication and an addition counting two. */
  readonly products: number;
  /** The same of convolutions. */
  readonly convolutions: number;
  /** Bytes that go in and come out. */
  readonly bytes: number;
}

const size = (x: Tensor): number => staticSize(x.shape);
const axis = (x: Tensor, i: number): number => Number(x.dim(i));
/** Numbers that one result of a convolution is summed over. */
const reach = (weight: readonly (number | string)[]): number =>
  weight.slice(1).reduce<number>((n, d) => n * Number(d), 1);

/** Multiplications in one op, by what it is measured against. */
const multiplications: Readonly<Record<string, (y: Tensor) => { products?: number; convolutions?: number }>> = {
  matmul: (y) => {
    const { transposeA } = y.attributes as { transposeA: boolean };
    return { products: size(y) * axis(y.inputs[0]!, transposeA ? -2 : -1) };
  },
  linear: (y) => ({ products: size(y) * axis(y.inputs[1]!, 1) }),
  attend: (y) => ({ products: 2 * size(y) * axis(y.inputs[1]!, 1) }),
  conv2d: (y) => ({ convolutions: size(y) * reach(y.inputs[1]!.shape) }),
  conv2dInputGrad: (y) => ({ convolutions: size(y.inputs[0]!) * reach(y.inputs[1]!.shape) }),
  conv2dWeightGrad: (y) => ({ convolutions: size(y.inputs[1]!) * reach(y.shape) }),
};

/** Counts a graph of fixed shapes, as it is run: simplified. */
export function costOf(outputs: readonly Tensor[]): Cost {
  const roots = simplify(outputs);
  let [products, convolutions] = [0, 0];
  let numbers = roots.reduce((sum, y) => sum + size(y), 0);
  for (const y of topological(roots)) {
    const found = multiplications[y.op.name]?.(y);
    products += 2 * (found?.products ?? 0);
    convolutions += 2 * (found?.convolutions ?? 0);
    if (y.op.name === "input" || y.op.name === "parameter") numbers += size(y);
  }
  return { products, convolutions, bytes: 4 * numbers };
}
