import { symmetricEigen } from "./eigen.ts";
import type { Features } from "./features.ts";

interface Gaussian {
  readonly mean: Float64Array;
  /** (width, width) */
  readonly covariance: Float64Array;
}

/** Mean and unbiased covariance of the rows. */
function gaussian({ count, width, data }: Features): Gaussian {
  const mean = new Float64Array(width);
  for (let i = 0; i < data.length; i++) mean[i % width]! += data[i]! / count;
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) centred[i] = data[row * width + i]! - mean[i]!;
    for (let i = 0; i < width; i++) {
      const x = centred[i]! / (count - 1);
      for (let j = i; j < width; j++) covariance[i * width + j]! += x * centred[j]!;
    }
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) covariance[i * width + j] = covariance[j * width + i]!;
  return { mean, covariance };
}

/** Product of two symmetric n × n matrices. */
function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += x * b[k * n + j]!;
    }
  return out;
}

/** Symmetric square root; eigenvalues that rounding made negative count as none. */
function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const root = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < n; i++) {
      const x = root * vectors[k * n + i]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += x * vectors[k * n + j]!;
    }
  }
  return out;
}

const trace = (matrix: Float64Array, n: number): number => matrix.reduce((sum, v, i) => sum + (i % (n + 1) ? 0 : v), 0);

/**
 * Fréchet distance of the two Gaussians with the rows' means and covariances, ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½):
 * Heusel et al. 2017. Σ₁Σ₂ has the eigenvalues of √Σ₁ Σ₂ √Σ₁, which is symmetric. Of fewer rows than their width the
 * distance is too large, so compare equal counts only. Throws unless both have two rows or more of one width.
 */
export function frechetDistance(a: Features, b: Features): number {
  const n = a.width;
  if (b.width !== n) throw new Error(`frechetDistance: vectors of ${n} numbers beside those of ${b.width}`);
  if (Math.min(a.count, b.count) < 2) throw new Error("frechetDistance: two vectors or more are needed on each side");
  const [one, two] = [gaussian(a), gaussian(b)];
  const between = one.mean.reduce((sum, mean, i) => sum + (mean - two.mean[i]!) ** 2, 0);
  const root = squareRoot(one.covariance, n);
  const middle = product(product(root, two.covariance, n), root, n);
  const roots = symmetricEigen(middle, n).values.reduce((sum, v) => sum + Math.sqrt(Math.max(0, v)), 0);
  return between + trace(one.covariance, n) + trace(two.covariance, n) - 2 * roots;
}
