import { type Pass, passes } from "./butterflies.ts";

interface Step {
  readonly pass: Pass;
  readonly m: number;
  readonly s: number;
  readonly twiddles: Float64Array;
}

/** The radices whose product is `size`, or undefined where a prime factor above 7 is left. */
function radices(size: number): number[] | undefined {
  const found: number[] = [];
  for (const radix of passes.keys()) for (; size % radix === 0; size /= radix) found.push(radix);
  return size === 1 ? found : undefined;
}

/** The least power of two that is at least `size`. */
export const powerOfTwo = (size: number): number => 2 ** Math.ceil(Math.log2(size));

/** Whether transforms of this length need no detour by a longer one. */
export const isSmooth = (size: number): boolean => radices(size) !== undefined;

function plan(size: number, factors: readonly number[]): Step[] {
  let s = 1;
  return factors.map((radix) => {
    const m = size / s / radix;
    const twiddles = new Float64Array(m * (radix - 1) * 2);
    for (let p = 0, at = 0; p < m; p++)
      for (let j = 1; j < radix; j++, at += 2) {
        const angle = (-2 * Math.PI * p * j) / (m * radix);
        twiddles[at] = Math.cos(angle);
        twiddles[at + 1] = Math.sin(angle);
      }
    const step = { pass: passes.get(radix)!, m, s, twiddles };
    s *= radix;
    return step;
  });
}

/**
 * Discrete Fourier transform of a fixed length, y[k] = Σ x[j]·e^{−2πijk/size}, not scaled. Lengths with prime factors up to
 * 7 take Stockham's passes, others Bluestein's convolution with a chirp. With real and imaginary arrays exchanged, in
 * and out, it is the inverse times `size`.
 */
export class Fft {
  readonly size: number;
  readonly #steps: readonly Step[];
  readonly #chirp: Chirp | undefined;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new Error(`Fft: a length of ${size}`);
    this.size = size;
    const factors = radices(size);
    this.#steps = plan(size, factors ?? []);
    this.#chirp = factors ? undefined : new Chirp(size);
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
  }

  /** All arrays have `size` entries; x stays as it is and may not be y. */
  transform(xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array): void {
    if (this.#chirp) {
      this.#chirp.transform(xr, xi, yr, yi);
      return;
    }
    if (this.size === 1) {
      yr[0] = xr[0]!;
      yi[0] = xi[0]!;
    }
    let left = this.#steps.length;
    for (const { pass, m, s, twiddles } of this.#steps) {
      left--;
      // The last pass is to end in y.
      const re = left % 2 === 0 ? yr : this.#re;
      const im = left % 2 === 0 ? yi : this.#im;
      pass(m, s, twiddles, xr, xi, re, im);
      xr = re;
      xi = im;
    }
  }
}

/** Bluestein 1970: jk = (j² + k² − (k − j)²)/2 makes the transform a convolution, done at a power of two. */
class Chirp {
  readonly #size: number;
  readonly #fft: Fft;
  /** e^{−πij²/size} */
  readonly #wr: Float64Array;
  readonly #wi: Float64Array;
  /** The transformed filter e^{πij²/size}, over the length. */
  readonly #filterRe: Float64Array;
  readonly #filterIm: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#fft = new Fft(powerOfTwo(2 * size - 1));
    this.#wr = new Float64Array(size);
    this.#wi = new Float64Array(size);
    const length = this.#fft.size;
    const [re, im] = [new Float64Array(length), new Float64Array(length)];
    for (let j = 0; j < size; j++) {
      // j² modulo 2·size keeps the angle small and so exact.
      const angle = (Math.PI * ((j * j) % (2 * size))) / size;
      this.#wr[j] = Math.cos(angle);
      this.#wi[j] = -Math.sin(angle);
      for (const at of [j, (length - j) % length]) {
        re[at] = Math.cos(angle) / length;
        im[at] = Math.sin(angle) / length;
      }
    }
    this.#filterRe = new Float64Array(length);
    this.#filterIm = new Float64Array(length);
    this.#fft.transform(re, im, this.#filterRe, this.#filterIm);
  }

  transform(xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array): void {
    const length = this.#fft.size;
    const [wr, wi] = [this.#wr, this.#wi];
    const [ar, ai] = [new Float64Array(length), new Float64Array(length)];
    const [br, bi] = [new Float64Array(length), new Float64Array(length)];
    for (let j = 0; j < this.#size; j++) {
      ar[j] = xr[j]! * wr[j]! - xi[j]! * wi[j]!;
      ai[j] = xr[j]! * wi[j]! + xi[j]! * wr[j]!;
    }
    this.#fft.transform(ar, ai, br, bi);
    for (let k = 0; k < length; k++) {
      const re = br[k]! * this.#filterRe[k]! - bi[k]! * this.#filterIm[k]!;
      bi[k] = br[k]! * this.#filterIm[k]! + bi[k]! * this.#filterRe[k]!;
      br[k] = re;
    }
    this.#fft.transform(bi, br, ai, ar);
    for (let k = 0; k < this.#size; k++) {
      yr[k] = ar[k]! * wr[k]! - ai[k]! * wi[k]!;
      yi[k] = ar[k]! * wi[k]! + ai[k]! * wr[k]!;
    }
  }
}
