import { type Magnitudes, Stft, type StftParameters } from "./stft.ts";

/** Frames, and bins, that a median is taken over. */
const reach = 31;

/**
 * The percussive part of a signal: Fitzgerald 2010 with the margin of Driedger and others 2014. What goes on over time is
 * harmonic, what is spread over the frequencies percussive; a median along either axis leaves only the one. Each value of
 * the spectrum keeps the share P²/(P² + (margin·H)²).
 */
export function percussivePart(signal: ArrayLike<number>, parameters: StftParameters, margin = 1): Float64Array {
  const stft = new Stft(parameters);
  const spectra = stft.forward(signal);
  const { frames, bins, re, im } = spectra;
  const magnitudes: Magnitudes = { frames, bins, data: re.map((value, i) => Math.hypot(value, im[i]!)) };
  const [harmonic, percussive] = [medians(magnitudes, "time"), medians(magnitudes, "frequency")];
  for (let i = 0; i < re.length; i++) {
    const [p, h] = [percussive[i]! ** 2, (margin * harmonic[i]!) ** 2];
    const share = p + h === 0 ? 0.5 : p / (p + h);
    re[i]! *= share;
    im[i]! *= share;
  }
  return stft.inverse(spectra, signal.length);
}

/** Medians of `reach` neighbours along an axis; ends are mirrored, and repeated themselves. */
export function medians({ frames, bins, data }: Magnitudes, axis: "time" | "frequency"): Float32Array {
  const out = new Float32Array(data.length);
  const [lines, length, stride, step] = axis === "time" ? [bins, frames, 1, bins] : [frames, bins, bins, 1];
  const half = (reach - 1) / 2;
  const values = new Float32Array(length + 2 * half);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < values.length; i++) values[i] = data[line * stride + mirrored(i - half, length) * step]!;
    const sorted = values.slice(0, reach).sort();
    out[line * stride] = sorted[half]!;
    for (let i = 1; i < length; i++) {
      exchange(sorted, values[i - 1]!, values[i - 1 + reach]!);
      out[line * stride + i * step] = sorted[half]!;
    }
  }
  return out;
}

function mirrored(i: number, length: number): number {
  const at = ((i % (2 * length)) + 2 * length) % (2 * length);
  return at < length ? at : 2 * length - 1 - at;
}

/** Takes one value out of sorted ones and puts another in. */
function exchange(sorted: Float32Array, old: number, fresh: number): void {
  let i = 0;
  while (sorted[i]! !== old) i++;
  for (; i + 1 < reach && sorted[i + 1]! < fresh; i++) sorted[i] = sorted[i + 1]!;
  for (; i > 0 && sorted[i - 1]! > fresh; i--) sorted[i] = sorted[i - 1]!;
  sorted[i] = fresh;
}
