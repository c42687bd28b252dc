/**
 * The passes of Stockham's autosorting FFT, decimated in frequency, one for each radix r. A pass reads x as (r, m, s) and
 * writes y as (m, r, s): a discrete Fourier transform over r, times w^{pj}, w = e^{−2πi/(rm)}, for position p along m
 * and output j. `w` holds the real and the imaginary part of w^p, w^{2p} … w^{(r−1)p} for each p.
 */
export type Pass = (
  m: number,
  s: number,
  w: Float64Array,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
) => void;

const pass2: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const wr = w[2 * p]!;
    const wi = w[2 * p + 1]!;
    for (let a = p * s, b = 2 * p * s, end = a + s; a < end; a++, b++) {
      const ar = xr[a]!;
      const ai = xi[a]!;
      const br = xr[a + far]!;
      const bi = xi[a + far]!;
      yr[b] = ar + br;
      yi[b] = ai + bi;
      const dr = ar - br;
      const di = ai - bi;
      yr[b + s] = dr * wr - di * wi;
      yi[b + s] = dr * wi + di * wr;
    }
  }
};

const sin60 = Math.sqrt(3) / 2;

const pass3: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const w1r = w[4 * p]!;
    const w1i = w[4 * p + 1]!;
    const w2r = w[4 * p + 2]!;
    const w2i = w[4 * p + 3]!;
    for (let a = p * s, b = 3 * p * s, end = a + s; a < end; a++, b++) {
      const ar = xr[a]!;
      const ai = xi[a]!;
      const sr = xr[a + far]! + xr[a + 2 * far]!;
      const si = xi[a + far]! + xi[a + 2 * far]!;
      const dr = (xr[a + far]! - xr[a + 2 * far]!) * sin60;
      const di = (xi[a + far]! - xi[a + 2 * far]!) * sin60;
      yr[b] = ar + sr;
      yi[b] = ai + si;
      const cr = ar - 0.5 * sr;
      const ci = ai - 0.5 * si;
      yr[b + s] = (cr + di) * w1r - (ci - dr) * w1i;
      yi[b + s] = (cr + di) * w1i + (ci - dr) * w1r;
      yr[b + 2 * s] = (cr - di) * w2r - (ci + dr) * w2i;
      yi[b + 2 * s] = (cr - di) * w2i + (ci + dr) * w2r;
    }
  }
};

const pass4: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const w1r = w[6 * p]!;
    const w1i = w[6 * p + 1]!;
    const w2r = w[6 * p + 2]!;
    const w2i = w[6 * p + 3]!;
    const w3r = w[6 * p + 4]!;
    const w3i = w[6 * p + 5]!;
    for (let a = p * s, b = 4 * p * s, end = a + s; a < end; a++, b++) {
      const sr = xr[a]! + xr[a + 2 * far]!;
      const si = xi[a]! + xi[a + 2 * far]!;
      const dr = xr[a]! - xr[a + 2 * far]!;
      const di = xi[a]! - xi[a + 2 * far]!;
      const tr = xr[a + far]! + xr[a + 3 * far]!;
      const ti = xi[a + far]! + xi[a + 3 * far]!;
      const er = xr[a + far]! - xr[a + 3 * far]!;
      const ei = xi[a + far]! - xi[a + 3 * far]!;
      yr[b] = sr + tr;
      yi[b] = si + ti;
      yr[b + s] = (dr + ei) * w1r - (di - er) * w1i;
      yi[b + s] = (dr + ei) * w1i + (di - er) * w1r;
      yr[b + 2 * s] = (sr - tr) * w2r - (si - ti) * w2i;
      yi[b + 2 * s] = (sr - tr) * w2i + (si - ti) * w2r;
      yr[b + 3 * s] = (dr - ei) * w3r - (di + er) * w3i;
      yi[b + 3 * s] = (dr - ei) * w3i + (di + er) * w3r;
    }
  }
};

const [c72, c144] = [Math.cos((2 * Math.PI) / 5), Math.cos((4 * Math.PI) / 5)];
const [s72, s144] = [Math.sin((2 * Math.PI) / 5), Math.sin((4 * Math.PI) / 5)];

const pass5: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const w1r = w[8 * p]!;
    const w1i = w[8 * p + 1]!;
    const w2r = w[8 * p + 2]!;
    const w2i = w[8 * p + 3]!;
    const w3r = w[8 * p + 4]!;
    const w3i = w[8 * p + 5]!;
    const w4r = w[8 * p + 6]!;
    const w4i = w[8 * p + 7]!;
    for (let a = p * s, b = 5 * p * s, end = a + s; a < end; a++, b++) {
      const ar = xr[a]!;
      const ai = xi[a]!;
      const s1r = xr[a + far]! + xr[a + 4 * far]!;
      const s1i = xi[a + far]! + xi[a + 4 * far]!;
      const d1r = xr[a + far]! - xr[a + 4 * far]!;
      const d1i = xi[a + far]! - xi[a + 4 * far]!;
      const s2r = xr[a + 2 * far]! + xr[a + 3 * far]!;
      const s2i = xi[a + 2 * far]! + xi[a + 3 * far]!;
      const d2r = xr[a + 2 * far]! - xr[a + 3 * far]!;
      const d2i = xi[a + 2 * far]! - xi[a + 3 * far]!;
      yr[b] = ar + s1r + s2r;
      yi[b] = ai + s1i + s2i;
      const c1r = ar + c72 * s1r + c144 * s2r;
      const c1i = ai + c72 * s1i + c144 * s2i;
      const c2r = ar + c144 * s1r + c72 * s2r;
      const c2i = ai + c144 * s1i + c72 * s2i;
      const e1r = s72 * d1r + s144 * d2r;
      const e1i = s72 * d1i + s144 * d2i;
      const e2r = s144 * d1r - s72 * d2r;
      const e2i = s144 * d1i - s72 * d2i;
      yr[b + s] = (c1r + e1i) * w1r - (c1i - e1r) * w1i;
      yi[b + s] = (c1r + e1i) * w1i + (c1i - e1r) * w1r;
      yr[b + 2 * s] = (c2r + e2i) * w2r - (c2i - e2r) * w2i;
      yi[b + 2 * s] = (c2r + e2i) * w2i + (c2i - e2r) * w2r;
      yr[b + 3 * s] = (c2r - e2i) * w3r - (c2i + e2r) * w3i;
      yi[b + 3 * s] = (c2r - e2i) * w3i + (c2i + e2r) * w3r;
      yr[b + 4 * s] = (c1r - e1i) * w4r - (c1i + e1r) * w4i;
      yi[b + 4 * s] = (c1r - e1i) * w4i + (c1i + e1r) * w4r;
    }
  }
};

/** 2 and 3 have no common factor, so three transforms of two and two of three need no factors between (Good 1958). */
const pass6: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const t = 10 * p;
    for (let a = p * s, b = 6 * p * s, end = a + s; a < end; a++, b++) {
      const a0r = xr[a]! + xr[a + 3 * far]!;
      const a0i = xi[a]! + xi[a + 3 * far]!;
      const b0r = xr[a]! - xr[a + 3 * far]!;
      const b0i = xi[a]! - xi[a + 3 * far]!;
      const a1r = xr[a + 2 * far]! + xr[a + 5 * far]!;
      const a1i = xi[a + 2 * far]! + xi[a + 5 * far]!;
      const b1r = xr[a + 2 * far]! - xr[a + 5 * far]!;
      const b1i = xi[a + 2 * far]! - xi[a + 5 * far]!;
      const a2r = xr[a + 4 * far]! + xr[a + far]!;
      const a2i = xi[a + 4 * far]! + xi[a + far]!;
      const b2r = xr[a + 4 * far]! - xr[a + far]!;
      const b2i = xi[a + 4 * far]! - xi[a + far]!;
      yr[b] = a0r + a1r + a2r;
      yi[b] = a0i + a1i + a2i;
      yr[b + 3 * s] = (b0r + b1r + b2r) * w[t + 4]! - (b0i + b1i + b2i) * w[t + 5]!;
      yi[b + 3 * s] = (b0r + b1r + b2r) * w[t + 5]! + (b0i + b1i + b2i) * w[t + 4]!;
      const cr = a0r - 0.5 * (a1r + a2r);
      const ci = a0i - 0.5 * (a1i + a2i);
      const dr = sin60 * (a1i - a2i);
      const di = sin60 * (a2r - a1r);
      yr[b + 4 * s] = (cr + dr) * w[t + 6]! - (ci + di) * w[t + 7]!;
      yi[b + 4 * s] = (cr + dr) * w[t + 7]! + (ci + di) * w[t + 6]!;
      yr[b + 2 * s] = (cr - dr) * w[t + 2]! - (ci - di) * w[t + 3]!;
      yi[b + 2 * s] = (cr - dr) * w[t + 3]! + (ci - di) * w[t + 2]!;
      const er = b0r - 0.5 * (b1r + b2r);
      const ei = b0i - 0.5 * (b1i + b2i);
      const fr = sin60 * (b1i - b2i);
      const fi = sin60 * (b2r - b1r);
      yr[b + s] = (er + fr) * w[t]! - (ei + fi) * w[t + 1]!;
      yi[b + s] = (er + fr) * w[t + 1]! + (ei + fi) * w[t]!;
      yr[b + 5 * s] = (er - fr) * w[t + 8]! - (ei - fi) * w[t + 9]!;
      yi[b + 5 * s] = (er - fr) * w[t + 9]! + (ei - fi) * w[t + 8]!;
    }
  }
};

const [c1, c2, c3] = [1, 2, 3].map((j) => Math.cos((2 * Math.PI * j) / 7)) as [number, number, number];
const [s1, s2, s3] = [1, 2, 3].map((j) => Math.sin((2 * Math.PI * j) / 7)) as [number, number, number];

const pass7: Pass = (m, s, w, xr, xi, yr, yi) => {
  const far = m * s;
  for (let p = 0; p < m; p++) {
    const t = 12 * p;
    for (let a = p * s, b = 7 * p * s, end = a + s; a < end; a++, b++) {
      const ar = xr[a]!;
      const ai = xi[a]!;
      const p1r = xr[a + far]! + xr[a + 6 * far]!;
      const p1i = xi[a + far]! + xi[a + 6 * far]!;
      const d1r = xr[a + far]! - xr[a + 6 * far]!;
      const d1i = xi[a + far]! - xi[a + 6 * far]!;
      const p2r = xr[a + 2 * far]! + xr[a + 5 * far]!;
      const p2i = xi[a + 2 * far]! + xi[a + 5 * far]!;
      const d2r = xr[a + 2 * far]! - xr[a + 5 * far]!;
      const d2i = xi[a + 2 * far]! - xi[a + 5 * far]!;
      const p3r = xr[a + 3 * far]! + xr[a + 4 * far]!;
      const p3i = xi[a + 3 * far]! + xi[a + 4 * far]!;
      const d3r = xr[a + 3 * far]! - xr[a + 4 * far]!;
      const d3i = xi[a + 3 * far]! - xi[a + 4 * far]!;
      yr[b] = ar + p1r + p2r + p3r;
      yi[b] = ai + p1i + p2i + p3i;
      const u1r = ar + c1 * p1r + c2 * p2r + c3 * p3r;
      const u1i = ai + c1 * p1i + c2 * p2i + c3 * p3i;
      const v1r = s1 * d1r + s2 * d2r + s3 * d3r;
      const v1i = s1 * d1i + s2 * d2i + s3 * d3i;
      yr[b + s] = (u1r + v1i) * w[t]! - (u1i - v1r) * w[t + 1]!;
      yi[b + s] = (u1r + v1i) * w[t + 1]! + (u1i - v1r) * w[t]!;
      yr[b + 6 * s] = (u1r - v1i) * w[t + 10]! - (u1i + v1r) * w[t + 11]!;
      yi[b + 6 * s] = (u1r - v1i) * w[t + 11]! + (u1i + v1r) * w[t + 10]!;
      const u2r = ar + c2 * p1r + c3 * p2r + c1 * p3r;
      const u2i = ai + c2 * p1i + c3 * p2i + c1 * p3i;
      const v2r = s2 * d1r - s3 * d2r - s1 * d3r;
      const v2i = s2 * d1i - s3 * d2i - s1 * d3i;
      yr[b + 2 * s] = (u2r + v2i) * w[t + 2]! - (u2i - v2r) * w[t + 3]!;
      yi[b + 2 * s] = (u2r + v2i) * w[t + 3]! + (u2i - v2r) * w[t + 2]!;
      yr[b + 5 * s] = (u2r - v2i) * w[t + 8]! - (u2i + v2r) * w[t + 9]!;
      yi[b + 5 * s] = (u2r - v2i) * w[t + 9]! + (u2i + v2r) * w[t + 8]!;
      const u3r = ar + c3 * p1r + c1 * p2r + c2 * p3r;
      const u3i = ai + c3 * p1i + c1 * p2i + c2 * p3i;
      const v3r = s3 * d1r - s1 * d2r + s2 * d3r;
      const v3i = s3 * d1i - s1 * d2i + s2 * d3i;
      yr[b + 3 * s] = (u3r + v3i) * w[t + 4]! - (u3i - v3r) * w[t + 5]!;
      yi[b + 3 * s] = (u3r + v3i) * w[t + 5]! + (u3i - v3r) * w[t + 4]!;
      yr[b + 4 * s] = (u3r - v3i) * w[t + 6]! - (u3i + v3r) * w[t + 7]!;
      yi[b + 4 * s] = (u3r - v3i) * w[t + 7]! + (u3i + v3r) * w[t + 6]!;
    }
  }
};

/** By radix, in the order in which a length is divided: large ones first, where the inner loop is short. */
export const passes: ReadonlyMap<number, Pass> = new Map([
  [7, pass7],
  [6, pass6],
  [5, pass5],
  [4, pass4],
  [3, pass3],
  [2, pass2],
]);
