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
  /**
   * Frames before and after a loop, at least as many as overlap: they repeat what the loop's other end has, so that the
   * signal between them, (frames − 1 − 2·margin)·hop samples, can be played round and round.
   */
  readonly margin?: number;
}

/**
 * The accelerations α, β and γ of Nenov et al. 2023, "Faster than fast". β = α = 0.99 and γ = 1 is the momentum of
 * Perraudin et al. 2013, which needs a quarter more iterations for the same convergence.
 */
const alpha = 1;
const beta = 1.2;
const gamma = 1.25;

/** Windows over each sample that say enough of it. */
const enough = 4;

/** Share of the iterations that see every frame where there are twice as many as are enough. */
const fine = 1 / 5;

/**
 * A signal of (frames − 1)·hop samples whose spectra have nearly these magnitudes (frames × grid.bins), found from random
 * phases by turns of projection (Griffin and Lim 1984). Yields after each iteration.
 */
export function* griffinLim(
  wanted: Magnitudes,
  { work, full }: Grid,
  { iterations, seed, margin = 0 }: GriffinLimOptions,
): Generator<void, Float64Array> {
  const { frames } = wanted;
  const period = frames - 1 - 2 * margin;
  const looped = (signal: Float64Array): Float64Array => wrapped(signal, margin * work.hop, period * work.hop);
  const phases = (t: number): Float32Array =>
    uniform(seed, margin > 0 ? (t + period - margin) % period : t, wanted.bins);
  const coarse = work.window >= 2 * enough * work.hop ? Math.floor(iterations * (1 - fine)) : 0;
  const all = new Projection(wanted, work, 1);
  const some = coarse > 0 ? new Projection(wanted, work, 2) : all;
  let signal = looped(some.begin(phases));
  for (let i = 0; i < iterations - 1; i++) {
    signal = looped((i < coarse ? some : all).next(signal));
    yield;
  }

  // The last spectra have the same bins at the signal's own rate, and none above.
  const result = new Synthesis(full, frames, (frames - 1) * full.hop);
  const bins = Math.floor(full.size / 2) + 1;
  const [fullRe, fullIm] = [new Float64Array(bins), new Float64Array(bins)];
  all.scan(signal, (re, im, t) => {
    fullRe.set(re);
    fullIm.set(im);
    result.add(fullRe, fullIm, t);
  });
  yield;
  return result.finish();
}

/** What lies `margin` samples before and after a loop of a period becomes what is at its other end. */
function wrapped(signal: Float64Array, margin: number, period: number): Float64Array {
  for (let i = 0; i < margin; i++) {
    signal[i] = signal[i + period]!;
    signal[margin + period + i] = signal[margin + i]!;
  }
  return signal;
}

/** Turns on every `every`-th frame, each of which remembers the last. */
class Projection {
  readonly #wanted: Magnitudes;
  readonly #every: number;
  readonly #stft: Stft;
  readonly #synthesis: Synthesis;
  /** Four numbers a bin. */
  readonly #memory: Float32Array;
  #first = true;

  constructor(wanted: Magnitudes, work: StftParameters, every: number) {
    const { frames, bins } = wanted;
    const count = Math.ceil(frames / every);
    const parameters = { ...work, hop: every * work.hop };
    this.#wanted = wanted;
    this.#every = every;
    this.#stft = new Stft(parameters);
    this.#synthesis = new Synthesis(parameters, count, (frames - 1) * work.hop);
    this.#memory = new Float32Array(4 * count * bins);
  }

  /** The signal of phases, in turns, for each frame. */
  begin(phases: (frame: number) => ArrayLike<number>): Float64Array {
    const { frames, bins, data } = this.#wanted;
    const [re, im] = [new Float64Array(bins), new Float64Array(bins)];
    for (let t = 0; t * this.#every < frames; t++) {
      const turns = phases(t * this.#every);
      for (let k = 0, at = t * this.#every * bins; k < bins; k++, at++) {
        re[k] = data[at]! * Math.cos(2 * Math.PI * turns[k]!);
        im[k] = data[at]! * Math.sin(2 * Math.PI * turns[k]!);
      }
      this.#synthesis.add(re, im, t);
    }
    return this.#synthesis.finish();
  }

  /** The next signal. Its array is used again the next time. */
  next(signal: Float64Array): Float64Array {
    this.scan(signal, (re, im, t) => this.#synthesis.add(re, im, t));
    return this.#synthesis.finish();
  }

  /** Visits the spectra that the next signal is to be made of. */
  scan(signal: Float64Array, visit: (re: Float64Array, im: Float64Array, t: number) => void): void {
    this.#stft.scan(signal, (re, im, t) => {
      this.#project(re, im, t);
      visit(re, im, t);
    });
    this.#first = false;
  }

  /**
   * A frame's spectrum, as the last signal has it, becomes the one that the next signal is made of: relaxed, moved on in the
   * direction that it came, and given the magnitudes that are wanted.
   */
  #project(re: Float64Array, im: Float64Array, t: number): void {
    const { bins, data } = this.#wanted;
    const memory = this.#memory;
    // At first there is nothing to remember.
    const relaxation = this.#first ? 1 : gamma;
    const momentum = this.#first ? 0 : 1;
    for (let k = 0, from = t * this.#every * bins, at = 4 * t * bins; k < bins; k++, from++, at += 4) {
      const tRe = memory[at + 2]! + relaxation * (re[k]! - memory[at + 2]!);
      const tIm = memory[at + 3]! + relaxation * (im[k]! - memory[at + 3]!);
      const stepRe = momentum * (tRe - memory[at]!);
      const stepIm = momentum * (tIm - memory[at + 1]!);
      memory[at] = tRe;
      memory[at + 1] = tIm;
      memory[at + 2] = tRe + beta * stepRe;
      memory[at + 3] = tIm + beta * stepIm;
      const cRe = tRe + alpha * stepRe;
      const cIm = tIm + alpha * stepIm;
      const scale = data[from]! / (Math.sqrt(cRe * cRe + cIm * cIm) + 1e-16);
      re[k] = cRe * scale;
      im[k] = cIm * scale;
    }
  }
}
