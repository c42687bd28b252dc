/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row i is the unit vector of value i. */
  readonly vectors: Float64Array;
}

/** Qᵀ and the diagonals of T = Qᵀ A Q. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly basis: Float64Array;
}

/**
 * Decomposes a symmetric n × n matrix, row-major: Householder's reflections to tridiagonal form, then implicit QR steps
 * with Wilkinson's shift (Golub & Van Loan 2013, algorithms 8.3.1 to 8.3.3). In O(n³); errors are of the rounding's size
 * relative to the largest eigenvalue.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  if (matrix.length !== n * n) throw new Error(`symmetricEigen: ${matrix.length} values are no ${n} × ${n} matrix`);
  const { diagonal, beside, basis } = tridiagonal(matrix, n);
  const largest = [...diagonal, ...beside].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (let last = n - 1; last > 0; ) {
    for (let k = 0; k < last; k++) if (Math.abs(beside[k]!) <= Number.EPSILON * largest) beside[k] = 0;
    if (beside[last - 1] === 0) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && beside[first - 1] !== 0) first--;
    qrStep({ diagonal, beside, basis }, n, first, last);
  }
  return { values: diagonal, vectors: basis };
}

function tridiagonal(matrix: Float64Array, n: number): Tridiagonal {
  const a = matrix.slice();
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  for (let k = 0; k < n - 2; k++) {
    const v = new Float64Array(n);
    for (let i = k + 1; i < n; i++) v[i] = a[k * n + i]!;
    const length = Math.hypot(...v);
    if (length === 0) continue;
    v[k + 1]! += v[k + 1]! < 0 ? -length : length;
    const beta = 2 / v.reduce((sum, x) => sum + x * x, 0);
    // A ← H A H = A − v wᵀ − w vᵀ
    const w = new Float64Array(n);
    for (let i = k; i < n; i++) for (let j = k; j < n; j++) w[i]! += beta * a[i * n + j]! * v[j]!;
    const half = (beta / 2) * w.reduce((sum, x, i) => sum + x * v[i]!, 0);
    for (let i = k; i < n; i++) w[i]! -= half * v[i]!;
    for (let i = k; i < n; i++) for (let j = k; j < n; j++) a[i * n + j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
    // Qᵀ ← H Qᵀ
    const u = new Float64Array(n);
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) u[j]! += beta * v[i]! * basis[i * n + j]!;
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) basis[i * n + j]! -= v[i]! * u[j]!;
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  const beside = Float64Array.from({ length: Math.max(0, n - 1) }, (_, i) => a[i * n + i + 1]!);
  return { diagonal, beside, basis };
}

/** One implicit QR step on rows `first` to `last`, whose off-diagonal is nowhere 0. */
function qrStep({ diagonal: d, beside: e, basis }: Tridiagonal, n: number, first: number, last: number): void {
  const half = (d[last - 1]! - d[last]!) / 2;
  const corner = e[last - 1]!;
  const shift = d[last]! - corner ** 2 / (half + (half < 0 ? -1 : 1) * Math.hypot(half, corner));
  let [x, bulge] = [d[first]! - shift, e[first]!];
  for (let k = first; k < last; k++) {
    const r = Math.hypot(x, bulge);
    const [c, s] = r === 0 ? [1, 0] : [x / r, bulge / r];
    if (k > first) e[k - 1] = r;
    const [p, q, f] = [d[k]!, d[k + 1]!, e[k]!];
    d[k] = c * c * p + 2 * c * s * f + s * s * q;
    d[k + 1] = s * s * p - 2 * c * s * f + c * c * q;
    e[k] = c * s * (q - p) + (c * c - s * s) * f;
    if (k < last - 1) {
      [x, bulge] = [e[k]!, s * e[k + 1]!];
      e[k + 1]! *= c;
    }
    for (let i = k * n, end = i + n; i < end; i++) {
      const [a, b] = [basis[i]!, basis[i + n]!];
      basis[i] = c * a + s * b;
      basis[i + n] = c * b - s * a;
    }
  }
}
