import { type Shape, staticSize } from "../graph/dim.ts";
import { matmulTransposed } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { decayed } from "./adamw.ts";

/**
 * Momentum whose steps change every direction of a matrix by as much, however little of the gradient lies along it: Jordan
 * et al. 2024, with steps of the size of AdamW's, as Liu et al. 2025 make them (eq. 4).
 */
export interface Muon {
  readonly momentum: number;
  /** Its rate as a multiple of the group's. */
  readonly rate: number;
}

/** Muon at a multiple of a group's rate, with the authors' momentum; none without. */
export const muonAt = (rate: number | undefined): Muon | undefined =>
  rate === undefined ? undefined : { momentum: 0.95, rate };

/**
 * Whether Muon moves a parameter: matrices and kernels of at least 16 by 16 channels. What is looked up row by row, and
 * where pictures and latents come in and go out, are AdamW's.
 */
export const movedByMuon = (key: string, { shape }: { readonly shape: Shape }): boolean =>
  shape.length >= 2 && shape.slice(0, 2).every((length) => Number(length) >= 16) && !/\bembeddings\./.test(key);

/** One update of a matrix, or of a kernel as the matrix (out, in · height · width), by its gradient, times `scale`. */
export function muonUpdate(
  { param, mean }: { readonly param: Tensor; readonly mean: Tensor },
  gradient: Tensor,
  { lr, scale }: { readonly lr: Tensor; readonly scale?: Tensor | undefined },
  { momentum, rate }: Muon,
  decay: number,
): { readonly param: Tensor; readonly mean: Tensor } {
  const scaled = scale ? gradient.mul(scale) : gradient;
  const m = mean.mul(momentum).add(scaled);
  const rows = Number(param.dim(0));
  const columns = staticSize(param.shape) / rows;
  const ahead = scaled.add(m.mul(momentum)).reshape([rows, columns]);
  // A root mean square of 0.2 / √(the longer side) of the orthogonal matrix becomes AdamW's usual 0.2.
  const size = lr.mul(rate * 0.2 * Math.sqrt(Math.max(rows, columns)));
  const step = orthogonalized(ahead).mul(size).reshape(param.shape);
  return { param: decayed(param, lr, rate * decay).sub(step), mean: m };
}

/** Of an odd quintic under which singular values from almost 0 up to 1 come near 1 in five rounds: Jordan et al. 2024. */
const [a, b, c] = [3.4445, -4.775, 2.0315];
const rounds = 5;

/** U·Vᵀ of a matrix U·S·Vᵀ by Newton–Schulz iteration; what replaces its singular values lies between 0.68 and 1.14. */
export function orthogonalized(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const turned = rows > columns;
  let x = turned ? matrix.transpose([1, 0]) : matrix;
  x = x.mul(x.square().sum().sqrt().add(1e-7).reciprocal());
  for (let round = 0; round < rounds; round++) {
    const gram = matmulTransposed(x, x);
    x = x.mul(a).add(gram.mul(b).add(gram.matmul(gram).mul(c)).matmul(x));
  }
  return turned ? x.transpose([1, 0]) : x;
}
