import { Fft } from "./fft.ts";

/**
 * Discrete Fourier transform of a real signal of fixed length: bins 0 to ⌊size/2⌋, the others being their conjugates. An
 * even length is transformed as half as many complex numbers. Frames are read from a longer signal, and added to one,
 * under a window, without another copy.
 */
export class RealFft {
  readonly size: number;
  readonly bins: number;
  readonly #half: boolean;
  readonly #fft: Fft;
  readonly #ones: Float64Array;
  /** The complex numbers before and after their transform. */
  readonly #ar: Float64Array;
  readonly #ai: Float64Array;
  readonly #br: Float64Array;
  readonly #bi: Float64Array;
  /** e^{−2πik/size} */
  readonly #wr: Float64Array;
  readonly #wi: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.bins = Math.floor(size / 2) + 1;
    this.#half = size % 2 === 0;
    this.#fft = new Fft(this.#half ? size / 2 : size);
    this.#ones = new Float64Array(size).fill(1);
    this.#ar = new Float64Array(this.#fft.size);
    this.#ai = new Float64Array(this.#fft.size);
    this.#br = new Float64Array(this.#fft.size);
    this.#bi = new Float64Array(this.#fft.size);
    this.#wr = Float64Array.from({ length: this.bins }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#wi = Float64Array.from({ length: this.bins }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  }

  /** x from `start` on, times `window` (size) → re, im (bins), not scaled. */
  forward(x: ArrayLike<number>, re: Float64Array, im: Float64Array, start = 0, window = this.#ones): void {
    const [ar, ai, br, bi] = [this.#ar, this.#ai, this.#br, this.#bi];
    if (!this.#half) {
      for (let j = 0; j < this.size; j++) ar[j] = x[start + j]! * window[j]!;
      this.#fft.transform(ar, ai.fill(0), br, bi);
      re.set(br.subarray(0, this.bins));
      im.set(bi.subarray(0, this.bins));
      return;
    }
    const half = this.size / 2;
    for (let j = 0, i = 0; j < half; j++, i += 2) {
      ar[j] = x[start + i]! * window[i]!;
      ai[j] = x[start + i + 1]! * window[i + 1]!;
    }
    this.#fft.transform(ar, ai, br, bi);
    // The transforms of the even and the odd samples are the parts that are symmetric about half/2.
    re[0] = br[0]! + bi[0]!;
    re[half] = br[0]! - bi[0]!;
    im[0] = 0;
    im[half] = 0;
    const [wr, wi] = [this.#wr, this.#wi];
    for (let k = 1, l = half - 1; k <= l; k++, l--) {
      const evenRe = 0.5 * (br[k]! + br[l]!);
      const evenIm = 0.5 * (bi[k]! - bi[l]!);
      const oddRe = 0.5 * (bi[k]! + bi[l]!);
      const oddIm = 0.5 * (br[l]! - br[k]!);
      const turnedRe = oddRe * wr[k]! - oddIm * wi[k]!;
      const turnedIm = oddRe * wi[k]! + oddIm * wr[k]!;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[l] = evenRe - turnedRe;
      im[l] = turnedIm - evenIm;
    }
  }

  /** The inverse: adds the signal of re, im (bins), times `window` (size), to x from `start` on. */
  addInverse(re: Float64Array, im: Float64Array, x: Float64Array, start = 0, window = this.#ones): void {
    const [ar, ai, br, bi] = [this.#ar, this.#ai, this.#br, this.#bi];
    const scale = 1 / this.size;
    if (!this.#half) {
      ar[0] = re[0]! * scale;
      ai[0] = 0;
      for (let k = 1; k < this.bins; k++) {
        ar[k] = re[k]! * scale;
        ar[this.size - k] = ar[k]!;
        ai[k] = im[k]! * scale;
        ai[this.size - k] = -ai[k]!;
      }
      this.#fft.transform(ai, ar, bi, br);
      for (let j = 0; j < this.size; j++) x[start + j]! += br[j]! * window[j]!;
      return;
    }
    const half = this.size / 2;
    ar[0] = (re[0]! + re[half]!) * scale;
    ai[0] = (re[0]! - re[half]!) * scale;
    const [wr, wi] = [this.#wr, this.#wi];
    for (let k = 1, l = half - 1; k <= l; k++, l--) {
      const evenRe = (re[k]! + re[l]!) * scale;
      const evenIm = (im[k]! - im[l]!) * scale;
      const turnedRe = (re[k]! - re[l]!) * scale;
      const turnedIm = (im[k]! + im[l]!) * scale;
      const oddRe = turnedRe * wr[k]! + turnedIm * wi[k]!;
      const oddIm = turnedIm * wr[k]! - turnedRe * wi[k]!;
      ar[k] = evenRe - oddIm;
      ai[k] = evenIm + oddRe;
      ar[l] = evenRe + oddIm;
      ai[l] = oddRe - evenIm;
    }
    this.#fft.transform(ai, ar, bi, br);
    for (let j = 0, i = 0; j < half; j++, i += 2) {
      x[start + i]! += br[j]! * window[i]!;
      x[start + i + 1]! += bi[j]! * window[i + 1]!;
    }
  }
}
