import { UserError } from "../errors.ts";
import { percussivePart } from "./hpss.ts";
import { hertzToMel, melFilterbank, melToHertz, sumBands } from "./mel.ts";
import { Stft, type StftParameters } from "./stft.ts";

export interface ProgressOptions {
  /** Where in the sound the first picture is, in seconds. */
  readonly start?: number;
  readonly frames: number;
  /** Pictures a second. */
  readonly fps: number;
  /** How much stronger than the harmonic part a percussive one has to be. */
  readonly margin?: number;
  /** From 0, where only beats move, to 1, where they do not count. */
  readonly smooth?: number;
}

/** Seconds that a frame of the transform is long: 2048 samples at 22,050 Hz. */
const frameSeconds = 2048 / 22_050;

const bands = 128;

/** Frames before and after that are listened to. */
const around = 16;

/**
 * How far along a video is at each of its pictures, from 0 to 1, when a sound's percussive energy moves it: that energy,
 * the loudest mel band at each moment, is summed up. Where there is none, it moves evenly. Throws a UserError where the
 * sound has ended before the start, or holds what are no numbers.
 */
export function percussiveProgress(samples: Float32Array, rate: number, options: ProgressOptions): Float64Array {
  const { start = 0, frames, fps, margin = 1, smooth = 0 } = options;
  const [first, seconds] = [Math.round(start * rate), (frames - 1) / fps];
  if (first >= samples.length)
    throw new UserError(`the sound lasts ${(samples.length / rate).toFixed(1)} s: it cannot start at ${start} s`);
  const size = 2 ** Math.round(Math.log2(frameSeconds * rate));
  const hop = size / 4;
  const parameters = { size, window: size, hop };
  // What was played before and goes on after takes part in the medians, so that cutting makes no beats.
  const lead = Math.min(around, Math.floor(first / hop));
  const from = first - lead * hop;
  const heard = samples.subarray(from, first + Math.ceil(seconds * rate) + around * hop);
  if (!heard.every(Number.isFinite))
    throw new UserError("the sound holds samples that are no numbers; convert it anew");
  const energy = loudestBands(percussivePart(heard, parameters, margin), rate, parameters).subarray(lead);
  const least = energy.reduce((a, b) => Math.min(a, b));
  const sums = new Float64Array(energy.length + 1);
  for (const [t, value] of energy.entries()) sums[t + 1] = sums[t]! + value - least;
  const at = (time: number): number => {
    const position = Math.min((time * rate) / hop, energy.length);
    const t = Math.min(Math.floor(position), energy.length - 1);
    return sums[t]! + (position - t) * (sums[t + 1]! - sums[t]!);
  };
  const whole = at(seconds);
  return Float64Array.from({ length: frames }, (_, k) => {
    const even = frames === 1 ? 0 : k / (frames - 1);
    return whole === 0 ? even : even + (1 - smooth) * (at(k / fps) / whole - even);
  });
}

/** The largest power of a mel band in each frame; bands are weighed by their width, as Slaney's toolbox does. */
function loudestBands(signal: Float64Array, rate: number, parameters: StftParameters): Float64Array {
  const stft = new Stft(parameters);
  const bank = melFilterbank(stft.bins, { sampleRate: rate, bands, minFrequency: 0, maxFrequency: rate / 2 });
  const edge = (i: number): number => melToHertz((hertzToMel(rate / 2) * i) / (bands + 1));
  const widths = Float64Array.from({ length: bands }, (_, band) => edge(band + 2) - edge(band));
  const power = new Float64Array(stft.bins);
  const mel = new Float64Array(bands);
  const loudest = new Float64Array(stft.framesOf(signal.length));
  stft.scan(signal, (re, im, t) => {
    for (let k = 0; k < power.length; k++) power[k] = re[k]! ** 2 + im[k]! ** 2;
    sumBands(bank, power, mel);
    for (let band = 0; band < bands; band++) loudest[t] = Math.max(loudest[t]!, mel[band]! / widths[band]!);
  });
  return loudest;
}
