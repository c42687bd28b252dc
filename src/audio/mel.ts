import type { Magnitudes } from "./stft.ts";

export interface MelParameters {
  /** Hz */
  readonly sampleRate: number;
  readonly bands: number;
  /** Hz */
  readonly minFrequency: number;
  readonly maxFrequency: number;
}

/** HTK's mel scale. */
export const hertzToMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
export const melToHertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * Triangular bands of peak 1, equally wide in mel, each from its lower neighbour's centre to its upper neighbour's. So the
 * bins `first[b]` up to `first[b + 1]` lie between two centres and belong to two bands only: `rise` is their share of band
 * b, `fall` that of band b − 1. Below the first centre there is no fall, above the last no rise.
 */
export interface MelFilterbank {
  readonly bins: number;
  readonly bands: number;
  /** (bands + 2) */
  readonly first: Int32Array;
  /** (bins) */
  readonly rise: Float64Array;
  readonly fall: Float64Array;
}

/** The bank for spectra of `bins` bins, as torchaudio's `melscale_fbanks` with `norm=None` and `mel_scale="htk"`. */
export function melFilterbank(bins: number, parameters: MelParameters): MelFilterbank {
  const { sampleRate, bands, minFrequency, maxFrequency } = parameters;
  const [low, high] = [hertzToMel(minFrequency), hertzToMel(maxFrequency)];
  const point = (i: number): number => melToHertz(low + ((high - low) * i) / (bands + 1));
  const step = Math.floor(sampleRate / 2) / (bins - 1);
  const first = Int32Array.from({ length: bands + 2 }, (_, i) => Math.min(bins, Math.ceil(point(i) / step)));
  const [rise, fall] = [new Float64Array(bins), new Float64Array(bins)];
  for (let b = 0; b <= bands; b++) {
    const [from, to] = [point(b), point(b + 1)];
    for (let k = first[b]!; k < first[b + 1]!; k++) {
      if (b < bands) rise[k] = (k * step - from) / (to - from);
      if (b > 0) fall[k] = (to - k * step) / (to - from);
    }
  }
  return { bins, bands, first, rise, fall };
}

/** Adds up one spectrum's magnitudes by bands: (bins) → (bands). */
export function sumBands(
  { bands, first, rise, fall }: MelFilterbank,
  spectrum: ArrayLike<number>,
  mel: Float64Array,
): void {
  let above = 0;
  for (let b = 0; b <= bands; b++) {
    let rising = 0;
    let falling = 0;
    for (let k = first[b]!; k < first[b + 1]!; k++) {
      rising += rise[k]! * spectrum[k]!;
      falling += fall[k]! * spectrum[k]!;
    }
    if (b > 0) mel[b - 1] = above + falling;
    above = rising;
  }
}

/** Frames of magnitudes → frames of bands. */
export function toMel(bank: MelFilterbank, { frames, bins, data }: Magnitudes): Magnitudes {
  if (bins !== bank.bins) throw new Error(`toMel: ${bins} bins in a bank of ${bank.bins}`);
  const mel = new Float32Array(frames * bank.bands);
  const sums = new Float64Array(bank.bands);
  for (let t = 0; t < frames; t++) {
    sumBands(bank, data.subarray(t * bins, (t + 1) * bins), sums);
    mel.set(sums, t * bank.bands);
  }
  return { frames, bins: bank.bands, data: mel };
}
