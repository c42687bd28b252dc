import type { MelFilterbank } from "./mel.ts";
import type { Magnitudes } from "./stft.ts";

/** Share of a band's own gain by which its equation is softened: bands that no spectrum has then do no harm. */
const softness = 1e-6;

/** Steps end when all bands are met to within this share of the largest, or when there were too many. */
const tolerance = 1e-6;
const mostSteps = 50;

/**
 * Spectra from bands: non-negative magnitudes a that the bank sums up to them. Of all there are, those are taken that are
 * nearest to the least-squares solution, clamped and smoothed: peaks are not narrower than the window's main lobe.
 *
 * The nearest to a base b are a = max(0, b + Fλ), F being the bank (bins × bands), with Fᵀa + ελ = mel. That is piecewise
 * linear in λ, and as a bin is in two neighbouring bands, a step of Newton's method solves a tridiagonal system.
 */
export class InverseMel {
  readonly #bank: MelFilterbank;
  readonly #base: Float64Array;
  /** λ, with zeros below and above the bands. */
  readonly #lambda: Float64Array;
  readonly #residual: Float64Array;
  /** FᵀF over the bins where a > 0: its diagonal, and what is beside it. */
  readonly #diagonal: Float64Array;
  readonly #beside: Float64Array;
  readonly #ridge: Float64Array;
  /** Both of FᵀF over all bins, softened. */
  readonly #wholeDiagonal: Float64Array;
  readonly #wholeBeside: Float64Array;

  constructor(bank: MelFilterbank) {
    this.#bank = bank;
    const { bands } = bank;
    this.#base = new Float64Array(bank.bins);
    this.#lambda = new Float64Array(bands + 2);
    this.#residual = new Float64Array(bands + 1);
    this.#diagonal = new Float64Array(bands + 1);
    this.#beside = new Float64Array(bands + 1);
    this.#ridge = new Float64Array(bands);
    const silence = new Float64Array(bands);
    this.#evaluate(silence, Number.NEGATIVE_INFINITY);
    // A band without bins has no equation; its λ stays 0.
    for (let b = 0; b < bands; b++) this.#ridge[b] = this.#diagonal[b]! * softness || 1;
    this.#evaluate(silence, Number.NEGATIVE_INFINITY);
    this.#wholeDiagonal = this.#diagonal.slice();
    this.#wholeBeside = this.#beside.slice();
  }

  /** mel (bands) → spectrum (bins). */
  solve(mel: ArrayLike<number>, spectrum: Float64Array): void {
    this.leastSquares(mel, spectrum);
    this.#smooth(spectrum);
    let largest = 0;
    for (let b = 0; b < mel.length; b++) largest = Math.max(largest, mel[b]!);
    this.#lambda.fill(0);
    for (let step = 0; step < mostSteps && this.#evaluate(mel, 0) > tolerance * largest; step++) this.#step();
    this.#spread(spectrum, 0);
  }

  /** The solution of least energy, of any sign: `torch.linalg.lstsq`. */
  leastSquares(mel: ArrayLike<number>, spectrum: Float64Array): void {
    this.#base.fill(0);
    this.#lambda.fill(0);
    this.#residual.set(mel);
    this.#diagonal.set(this.#wholeDiagonal);
    this.#beside.set(this.#wholeBeside);
    this.#step();
    this.#spread(spectrum, Number.NEGATIVE_INFINITY);
  }

  /** The spectrum, clamped and averaged over five bins, becomes the base. Beyond its ends it is mirrored. */
  #smooth(spectrum: Float64Array): void {
    const base = this.#base;
    const { first, bands } = this.#bank;
    const [from, to] = [first[0]!, first[bands + 1]!];
    const last = spectrum.length - 1;
    const at = (k: number): number => Math.max(0, spectrum[k < 0 ? -k : k > last ? Math.max(0, 2 * last - k) : k]!);
    let [a, b, c, d] = [at(from - 2), at(from - 1), at(from), at(from + 1)];
    for (let k = from; k < to; k++) {
      const e = k + 2 <= last ? Math.max(0, spectrum[k + 2]!) : at(k + 2);
      base[k] = (a + 3 * b + 4 * c + 3 * d + e) / 12;
      a = b;
      b = c;
      c = d;
      d = e;
    }
  }

  /** max(floor, b + Fλ) */
  #spread(spectrum: Float64Array, floor: number): void {
    const { first, rise, fall, bands } = this.#bank;
    const [lambda, base] = [this.#lambda, this.#base];
    spectrum.fill(0);
    for (let b = 0; b <= bands; b++)
      for (let k = first[b]!; k < first[b + 1]!; k++)
        spectrum[k] = Math.max(floor, base[k]! + rise[k]! * lambda[b + 1]! + fall[k]! * lambda[b]!);
  }

  /** Residual and Jacobian at λ; returns the largest residual. */
  #evaluate(mel: ArrayLike<number>, floor: number): number {
    const { first, rise, fall, bands } = this.#bank;
    const [base, lambda, residual] = [this.#base, this.#lambda, this.#residual];
    const [diagonal, beside] = [this.#diagonal, this.#beside];
    let sumAbove = 0;
    let gainAbove = 0;
    let largest = 0;
    for (let b = 0; b <= bands; b++) {
      const below = lambda[b]!;
      const above = lambda[b + 1]!;
      let rising = 0;
      let falling = 0;
      let riseRise = 0;
      let fallFall = 0;
      let riseFall = 0;
      for (let k = first[b]!; k < first[b + 1]!; k++) {
        const r = rise[k]!;
        const f = fall[k]!;
        const a = base[k]! + r * above + f * below;
        if (a <= floor) continue;
        rising += r * a;
        falling += f * a;
        riseRise += r * r;
        fallFall += f * f;
        riseFall += r * f;
      }
      if (b > 0) {
        const ridge = this.#ridge[b - 1]!;
        residual[b - 1] = mel[b - 1]! - sumAbove - falling - ridge * below;
        diagonal[b - 1] = gainAbove + fallFall + ridge;
        beside[b - 1] = riseFall;
        largest = Math.max(largest, Math.abs(residual[b - 1]!));
      }
      sumAbove = rising;
      gainAbove = riseRise;
    }
    return largest;
  }

  /** Newton's: solves for the residual in place, from the top down and back (Thomas), and adds to λ what comes of it. */
  #step(): void {
    const [diagonal, beside, x] = [this.#diagonal, this.#beside, this.#residual];
    const { bands } = this.#bank;
    for (let b = 1; b < bands; b++) {
      const factor = beside[b - 1]! / diagonal[b - 1]!;
      diagonal[b]! -= factor * beside[b - 1]!;
      x[b]! -= factor * x[b - 1]!;
    }
    // Nothing is beside the last band, and x has a zero after it.
    for (let b = bands - 1; b >= 0; b--) {
      x[b] = (x[b]! - beside[b]! * x[b + 1]!) / diagonal[b]!;
      this.#lambda[b + 1]! += x[b]!;
    }
  }
}

/** Frames of bands → frames of magnitudes. */
export function fromMel(bank: MelFilterbank, { frames, bins, data }: Magnitudes): Magnitudes {
  if (bins !== bank.bands) throw new Error(`fromMel: ${bins} bands for a bank of ${bank.bands}`);
  const inverse = new InverseMel(bank);
  const spectra = new Float32Array(frames * bank.bins);
  const spectrum = new Float64Array(bank.bins);
  for (let t = 0; t < frames; t++) {
    inverse.solve(data.subarray(t * bins, (t + 1) * bins), spectrum);
    spectra.set(spectrum, t * bank.bins);
  }
  return { frames, bins: bank.bins, data: spectra };
}
