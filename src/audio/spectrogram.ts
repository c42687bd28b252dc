import { UserError } from "../errors.ts";
import { griffinLim, workingGrid } from "./griffin-lim.ts";
import { InverseMel } from "./inverse-mel.ts";
import { type MelFilterbank, melFilterbank, sumBands } from "./mel.ts";
import { framing, type SpectrogramParameters } from "./spectrogram-parameters.ts";
import { type Magnitudes, Stft } from "./stft.ts";

/** The reference measures in the units of 16-bit samples; so do the pictures' `maxValue` and all amplitudes here. */
export const fullScale = 32768;

const bankOf = (parameters: SpectrogramParameters): MelFilterbank =>
  melFilterbank(Math.floor(framing(parameters).size / 2) + 1, {
    sampleRate: parameters.sampleRate,
    bands: parameters.melBands,
    minFrequency: parameters.minFrequency,
    maxFrequency: parameters.maxFrequency,
  });

/** Samples of a row that a picture needs at least: the frames at its ends are mirrored. */
export const fewestSamples = (parameters: SpectrogramParameters): number =>
  Math.floor(framing(parameters).size / 2) + 1;

/** A row of samples, full scale ±1 → mel amplitudes on the scale of 16 bits, 1 + ⌊samples/hop⌋ frames of `melBands`. */
export function melSpectrogram(samples: Float32Array, parameters: SpectrogramParameters): Magnitudes {
  if (samples.length < fewestSamples(parameters))
    throw new UserError(
      `the sound is ${samples.length} samples long, but a spectrogram needs ${fewestSamples(parameters)}: take a longer one or a smaller --padded-ms`,
    );
  const stft = new Stft(framing(parameters));
  const bank = bankOf(parameters);
  const frames = stft.framesOf(samples.length);
  const data = new Float32Array(frames * bank.bands);
  const magnitude = new Float64Array(bank.bins);
  const sums = new Float64Array(bank.bands);
  stft.scan(samples, (re, im, t) => {
    for (let k = bank.first[0]!; k < bank.first[bank.bands + 1]!; k++)
      magnitude[k] = fullScale * Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    sumBands(bank, magnitude, sums);
    data.set(sums, t * bank.bands);
  });
  return { frames, bins: bank.bands, data };
}

/** Points of time and frequency that phases are found for at once, 20 bytes each: twenty minutes with the defaults. */
const mostPoints = 2 ** 27;

export interface ResynthesisOptions {
  /** Turns of Griffin and Lim's algorithm; 40 are as good as torchaudio's 32 at the full resolution. */
  readonly iterations?: number;
  readonly seed?: number;
  /** Whether the last frame is followed by the first: the sound then has frames·hop samples. */
  readonly loop?: boolean;
}

/**
 * Mel amplitudes on the scale of 16 bits → (frames − 1)·hop samples, or a loop, full scale ±1 where the amplitudes were so. Yields the
 * share that is done, up to 1. Throws a UserError where they are too many.
 */
export function* soundOfMel(
  { frames, data }: Magnitudes,
  parameters: SpectrogramParameters,
  { iterations = 40, seed = 0, loop = false }: ResynthesisOptions = {},
): Generator<number, Float32Array> {
  const bank = bankOf(parameters);
  const { bands } = bank;
  const grid = workingGrid(framing(parameters), bank.first[bands + 1]!);
  const margin = loop ? Math.ceil(grid.full.size / grid.full.hop) + 1 : 0;
  const all = loop ? frames + 2 * margin + 1 : frames;
  if (all * grid.bins > mostPoints)
    throw new UserError(
      `${frames} frames of ${grid.bins} frequencies are too many to find phases for: cut the picture or give a smaller --padded-ms`,
    );
  const inverse = new InverseMel(bank);
  const spectrum = new Float64Array(bank.bins);
  const amplitudes = new Float32Array(all * grid.bins);
  const inside = Math.min(grid.bins, Math.ceil(bank.bins / grid.stride));
  for (let t = 0; t < frames; t++) {
    inverse.solve(data.subarray(t * bands, (t + 1) * bands), spectrum);
    for (let k = 0; k < inside; k++) amplitudes[(t + margin) * grid.bins + k] = spectrum[k * grid.stride]! / fullScale;
  }
  const frame = (t: number): Float32Array => amplitudes.subarray(t * grid.bins, (t + 1) * grid.bins);
  for (let t = 0; t < all; t++)
    if (t < margin || t >= margin + frames) frame(t).set(frame(margin + ((((t - margin) % frames) + frames) % frames)));
  const turns = griffinLim({ frames: all, bins: grid.bins, data: amplitudes }, grid, { iterations, seed, margin });
  for (let done = 1; ; done++) {
    const { value, done: finished } = turns.next();
    if (finished)
      return new Float32Array(value.subarray(margin * grid.full.hop, value.length - margin * grid.full.hop));
    yield done / iterations;
  }
}
