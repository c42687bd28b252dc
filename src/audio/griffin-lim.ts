import { uniform } from "../random/philox.ts";
import { isSmooth } from "./fft.ts";
import { type Magnitudes, Stft, type StftParameters, Synthesis } from "./stft.ts";

/** The frames of a transform, seen at as few frequencies and samples as their content needs. */
export interface Grid {
  /** Frames at the sampling rate of the work. */
  readonly work: StftParameters;
  /** The same at the signal's own rate. */
  readonly full: StftParameters;
  /** Bin k of both is bin k·stride of the transform asked for. */
  readonly stride: number;
  /** Bins at work. */
  readonly bins: number;
}

/**
 * Where phases are found. Zeros beside the window only interpolate the spectrum, so frames are taken without them as far as
 * the length divides; and where the bins from `top` on are empty, the sampling rate is as much lower as keeps window and
 * hop whole. The bins stay at the same frequencies.
 */
export function workingGrid({ size, window, hop }: StftParameters, top: number): Grid {
  let stride = Math.floor(size / window);
  while (size % stride > 0 || (size / stride - window) % 2 > 0) stride--;
  const full = { size: size / stride, window, hop };
  // Two bins more: the main lobe of the window.
  const needed = 2 * (Math.ceil(top / stride) + 2);
  let work: StftParameters = full;
  for (let part = hop - 1; part > 0 && full.size % 2 === 0; part--) {
    const [size, window] = [(full.size * part) / hop, (full.window * part) / hop];
    if (size < needed) break;
    if (size % 2 === 0 && window % 2 === 0 && isSmooth(size)) work = { size, window, hop: part };
  }
  return { work, full, stride, bins: Math.floor(work.size / 2) + 1 };
}

export interface GriffinLimOptions {
  readonly iterations: number;
  readonly seed: number;
}

/**
 * The accelerations α, β and γ of Nenov et al. 2023, "Faster than fast". β = α = 0.99 and γ = 1 is the momentum of
 * Perraudin et al. 2013, which needs a quarter more iterations for the same convergence.
 */
const [alpha, beta, gamma] = [1, 1.2, 1.15];

/**
 * A signal of (frames − 1)·hop samples whose spectra have nearly these magnitudes (frames × grid.bins), found from random
 * phases by turns of projection (Griffin and Lim 1984). Yields after each iteration.
 */
export function* griffinLim(
  { frames, bins, data }: Magnitudes,
  { work, full }: Grid,
  { iterations, seed }: GriffinLimOptions,
): Generator<void, Float64Array> {
  const stft = new Stft(work);
  const synthesis = new Synthesis(work, frames, (frames - 1) * work.hop);
  const [tRe, tIm, dRe, dIm] = [0, 0, 0, 0].map(() => new Float32Array(frames * bins)) as Quartet;

  const [re, im] = [new Float64Array(bins), new Float64Array(bins)];
  for (let t = 0; t < frames; t++) {
    const turns = uniform(seed, t, bins);
    for (let k = 0, at = t * bins; k < bins; k++, at++) {
      re[k] = data[at]! * Math.cos(2 * Math.PI * turns[k]!);
      im[k] = data[at]! * Math.sin(2 * Math.PI * turns[k]!);
    }
    synthesis.add(re, im, t);
  }

  /** One frame's spectrum, of the last signal, becomes the one for the next: relaxed, moved on, its magnitudes put right. */
  const project = (re: Float64Array, im: Float64Array, frame: number, first: boolean): void => {
    for (let k = 0, at = frame * bins; k < bins; k++, at++) {
      const newRe = first ? re[k]! : dRe[at]! + gamma * (re[k]! - dRe[at]!);
      const newIm = first ? im[k]! : dIm[at]! + gamma * (im[k]! - dIm[at]!);
      const stepRe = first ? 0 : newRe - tRe[at]!;
      const stepIm = first ? 0 : newIm - tIm[at]!;
      tRe[at] = newRe;
      tIm[at] = newIm;
      dRe[at] = newRe + beta * stepRe;
      dIm[at] = newIm + beta * stepIm;
      const a = newRe + alpha * stepRe;
      const b = newIm + alpha * stepIm;
      const scale = data[at]! / (Math.sqrt(a * a + b * b) + 1e-16);
      re[k] = a * scale;
      im[k] = b * scale;
    }
  };
  for (let i = 1; i < iterations; i++) {
    stft.scan(synthesis.finish(), (re, im, t) => {
      project(re, im, t, i === 1);
      synthesis.add(re, im, t);
    });
    yield;
  }

  // The last spectra have the same bins at the signal's own rate, and none above.
  const result = new Synthesis(full, frames, (frames - 1) * full.hop);
  const fullBins = Math.floor(full.size / 2) + 1;
  const [fullRe, fullIm] = [new Float64Array(fullBins), new Float64Array(fullBins)];
  stft.scan(synthesis.finish(), (re, im, t) => {
    project(re, im, t, iterations <= 1);
    fullRe.set(re);
    fullIm.set(im);
    result.add(fullRe, fullIm, t);
  });
  yield;
  return result.finish();
}

type Quartet = [Float32Array, Float32Array, Float32Array, Float32Array];
