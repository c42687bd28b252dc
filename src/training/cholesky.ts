/**
 * Solves A x = b for a symmetric positive definite n × n matrix, row-major: A = L Lᵀ (Golub & Van Loan 2013, algorithm
 * 4.2.1), then both triangles. Throws where A is not positive definite.
 */
export function choleskySolve(matrix: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  if (matrix.length !== n * n) throw new Error(`choleskySolve: ${matrix.length} values are no ${n} × ${n} matrix`);
  const lower = matrix.slice();
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i > j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum);
      else throw new Error("choleskySolve: the matrix is not positive definite");
    }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}
