import { lengthOf, type Sound } from "./sound.ts";

/** Zero crossings of the sinc on either side, and the parameter of Kaiser's window: stop band at −100 dB. */
const crossings = 32;
const beta = 10;

/** Share of the lower Nyquist frequency that passes; the rest is the filter's slope. */
const passband = 0.94;

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Weights of the `2·reach` samples around a point that lies `fraction` of a sample behind one of them. */
function kernel(fraction: number, reach: number, cutoff: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * reach }, (_, i) => {
    const x = i - reach + 1 - fraction;
    const edge = Math.abs(x) / reach;
    return edge < 1 ? sinc(cutoff * x) * bessel(beta * Math.sqrt(1 - edge * edge)) : 0;
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The sound at another whole number of Hz, ⌈length·rate/sampleRate⌉ samples, by a windowed sinc for each of the places that
 * a sample of the new rate has between two old ones; silence before and after.
 */
export function resample(sound: Sound, rate: number): Sound {
  const { sampleRate, channels } = sound;
  if (rate === sampleRate) return sound;
  const common = divisor(sampleRate, rate);
  const [up, down] = [rate / common, sampleRate / common];
  const cutoff = passband * Math.min(1, up / down);
  const reach = Math.ceil(crossings / cutoff);
  const length = lengthOf(sound);
  const kernels: Float64Array[] = [];
  const resampled = channels.map((samples) => {
    const out = new Float32Array(Math.ceil((length * up) / down));
    for (let n = 0; n < out.length; n++) {
      const phase = (n * down) % up;
      const first = (n * down - phase) / up - reach + 1;
      kernels[phase] ??= kernel(phase / up, reach, cutoff);
      const weights = kernels[phase]!;
      const end = Math.min(weights.length, length - first);
      let sum = 0;
      for (let i = Math.max(0, -first); i < end; i++) sum += weights[i]! * samples[first + i]!;
      out[n] = sum;
    }
    return out;
  });
  return { sampleRate: rate, channels: resampled };
}
