import { RealFft } from "./real-fft.ts";

/** How a signal is cut into frames; lengths in samples. */
export interface StftParameters {
  /** Length of the transform; the window lies in its middle, between zeros. */
  readonly size: number;
  readonly window: number;
  readonly hop: number;
}

/** Frames of one-sided spectra: value k of frame t is at t·bins + k. */
export interface Spectra {
  readonly frames: number;
  readonly bins: number;
  readonly re: Float32Array;
  readonly im: Float32Array;
}

/** Magnitudes, or bands of them: value k of frame t is at t·bins + k. */
export interface Magnitudes {
  readonly frames: number;
  readonly bins: number;
  readonly data: Float32Array;
}

/** Hann's window as one period of a cosine, of which the end is the next one's start. */
export const hann = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));

/** `hann(window)` in the middle of `size` zeros. */
export function centredWindow({ size, window }: StftParameters): Float64Array {
  const padded = new Float64Array(size);
  padded.set(hann(window), Math.floor((size - window) / 2));
  return padded;
}

/** Where sample i lies when a signal is mirrored at its ends, which themselves are not repeated. */
function reflect(i: number, length: number): number {
  const period = 2 * length - 2;
  const at = Math.abs(i) % period;
  return at < length ? at : period - at;
}

/**
 * Short-time Fourier transform as PyTorch's with `center=True`: periodic Hann window, frames centred on every `hop`-th sample
 * of the signal, which is mirrored at its ends; not scaled.
 */
export class Stft {
  readonly bins: number;
  readonly parameters: StftParameters;
  readonly #fft: RealFft;
  readonly #window: Float64Array;
  readonly #frame: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(parameters: StftParameters) {
    const { size, window, hop } = parameters;
    if (window > size || hop < 1) throw new Error(`Stft: window ${window} and hop ${hop} in frames of ${size}`);
    this.parameters = parameters;
    this.#fft = new RealFft(size);
    this.bins = this.#fft.bins;
    this.#window = centredWindow(parameters);
    this.#frame = new Float64Array(size);
    this.#re = new Float64Array(this.bins);
    this.#im = new Float64Array(this.bins);
  }

  /** 1 + ⌊samples/hop⌋. */
  framesOf(samples: number): number {
    return 1 + Math.floor(samples / this.parameters.hop);
  }

  /** Visits the spectrum of each frame of a signal of at least 2 samples. The arrays (bins) are used again for the next. */
  scan(signal: ArrayLike<number>, visit: (re: Float64Array, im: Float64Array, frame: number) => void): void {
    const { size, hop } = this.parameters;
    const { length } = signal;
    if (length < 2) throw new Error(`Stft: a signal of ${length} samples`);
    const frame = this.#frame;
    for (let t = 0; t < this.framesOf(length); t++) {
      const start = t * hop - Math.floor(size / 2);
      if (start >= 0 && start + size <= length) this.#fft.forward(signal, this.#re, this.#im, start, this.#window);
      else {
        for (let i = 0; i < size; i++) frame[i] = signal[reflect(start + i, length)]!;
        this.#fft.forward(frame, this.#re, this.#im, 0, this.#window);
      }
      visit(this.#re, this.#im, t);
    }
  }

  /** The spectra of all frames. */
  forward(signal: ArrayLike<number>): Spectra {
    const { bins } = this;
    const frames = this.framesOf(signal.length);
    const [re, im] = [new Float32Array(frames * bins), new Float32Array(frames * bins)];
    this.scan(signal, (frameRe, frameIm, t) => {
      re.set(frameRe, t * bins);
      im.set(frameIm, t * bins);
    });
    return { frames, bins, re, im };
  }

  /** The magnitudes of all frames. */
  magnitudes(signal: ArrayLike<number>): Magnitudes {
    const { bins } = this;
    const frames = this.framesOf(signal.length);
    const data = new Float32Array(frames * bins);
    this.scan(signal, (re, im, t) => {
      for (let k = 0, at = t * bins; k < bins; k++, at++) data[at] = Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    });
    return { frames, bins, data };
  }

  /** The signal of (frames − 1)·hop samples, or as many as are asked for, whose spectra are nearest to these. */
  inverse({ frames, bins, re, im }: Spectra, samples = (frames - 1) * this.parameters.hop): Float64Array {
    if (bins !== this.bins) throw new Error(`Stft: ${bins} bins, where it has ${this.bins}`);
    const synthesis = new Synthesis(this.parameters, frames, samples);
    for (let t = 0; t < frames; t++)
      synthesis.add(
        Float64Array.from(re.subarray(t * bins, (t + 1) * bins)),
        Float64Array.from(im.subarray(t * bins, (t + 1) * bins)),
        t,
      );
    return synthesis.finish();
  }
}

/**
 * Makes a signal of spectra, frame by frame: the one nearest to them by least squares, overlapped, added and divided by the
 * sum of the squared windows (Griffin and Lim 1984, equation 6).
 */
export class Synthesis {
  readonly #parameters: StftParameters;
  readonly #fft: RealFft;
  readonly #window: Float64Array;
  /** Samples of half a frame: what the first one has before the signal's start. */
  readonly #margin: number;
  readonly #signal: Float64Array;
  readonly #sum: Float64Array;
  readonly #scale: Float64Array;

  constructor(parameters: StftParameters, frames: number, samples: number) {
    const { size, hop } = parameters;
    this.#parameters = parameters;
    this.#fft = new RealFft(size);
    this.#window = centredWindow(parameters);
    this.#margin = Math.floor(size / 2);
    this.#sum = new Float64Array(samples + 2 * size);
    this.#signal = new Float64Array(samples);
    const scale = new Float64Array(this.#sum.length);
    const squares = this.#window.map((weight) => weight * weight);
    for (let t = 0; t < frames; t++) for (let i = 0, at = t * hop; i < size; i++, at++) scale[at]! += squares[i]!;
    for (let i = 0; i < scale.length; i++) scale[i] = scale[i]! > 1e-11 ? 1 / scale[i]! : 0;
    this.#scale = scale;
  }

  /** Adds a frame's one-sided spectrum. */
  add(re: Float64Array, im: Float64Array, t: number): void {
    this.#fft.addInverse(re, im, this.#sum, t * this.#parameters.hop, this.#window);
  }

  /** The signal of what was added since the last time. Its array is used again the next time. */
  finish(): Float64Array {
    const [sum, scale, signal, margin] = [this.#sum, this.#scale, this.#signal, this.#margin];
    for (let i = 0, at = margin; i < signal.length; i++, at++) signal[i] = sum[at]! * scale[at]!;
    sum.fill(0);
    return signal;
  }
}
