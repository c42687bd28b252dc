import type { Magnitudes } from "./stft.ts";

/** Samples to either side that one between samples depends on. */
const reach = 16;

/** The same loop of another length: its frames, where the last is followed by the first, read at equal distances. */
export function stretchFrames({ frames, bins, data }: Magnitudes, length: number): Magnitudes {
  if (length === frames) return { frames, bins, data };
  const stretched = new Float32Array(length * bins);
  for (let t = 0; t < length; t++) {
    const at = (t * frames) / length;
    const [before, part] = [Math.floor(at), at % 1];
    const after = (before + 1) % frames;
    for (let k = 0; k < bins; k++)
      stretched[t * bins + k] = (1 - part) * data[before * bins + k]! + part * data[after * bins + k]!;
  }
  return { frames: length, bins, data: stretched };
}

/**
 * The same loop in another number of samples, by a windowed sinc; for lengths that hardly differ: a shorter one would need
 * a lower limit of its tones.
 */
export function stretchSamples(samples: Float32Array, length: number): Float32Array {
  const period = samples.length;
  if (length === period) return samples;
  return Float32Array.from({ length }, (_, n) => {
    const at = (n * period) / length;
    const first = Math.floor(at);
    let [sum, gain] = [0, 0];
    for (let i = first - reach + 1; i <= first + reach; i++) {
      const x = at - i;
      const weight =
        (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * Math.cos((Math.PI * x) / (2 * reach + 2)) ** 2;
      sum += weight * samples[((i % period) + period) % period]!;
      gain += weight;
    }
    return sum / gain;
  });
}
