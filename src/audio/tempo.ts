import { melFilterbank, sumBands } from "./mel.ts";
import { lengthOf, type Sound, toMono } from "./sound.ts";
import { Stft } from "./stft.ts";

/** Seconds from frame to frame, and of a frame. */
const step = 0.006;
const window = 0.046;

/** Tempi that are looked for, in beats a minute, and the grid they are tried on. */
const [slowest, fastest, grid] = [50, 220, 0.25];

/** Where listeners like to tap, and how far they stray from it, in octaves: decides between a tempo and its double. */
const [preferred, spread] = [128, 1.5];

/** How loud a sound seems grows with this power of its pressure (Stevens 1955). */
const loudness = 0.67;

/** Beats over which a tempo has to hold. */
const beats = 4;

/** Samples from one value of `onsets` to the next. */
export const onsetStep = (sampleRate: number): number => Math.max(1, Math.round(step * sampleRate));

/** How much more there is to hear in each frame than in the one before, band by band, less its mean; one value a `step`. */
export function onsets(sound: Sound): Float64Array {
  const { sampleRate, channels } = toMono(sound);
  const size = Math.max(16, Math.round(window * sampleRate));
  const stft = new Stft({ size, window: size, hop: onsetStep(sampleRate) });
  const top = Math.min(8000, sampleRate / 2);
  const bank = melFilterbank(stft.bins, { sampleRate, bands: 40, minFrequency: 30, maxFrequency: top });
  const magnitude = new Float64Array(stft.bins);
  const rises = new Float64Array(stft.framesOf(lengthOf(sound)));
  let [mel, last] = [new Float64Array(bank.bands), new Float64Array(bank.bands)];
  stft.scan(channels[0]!, (re, im, t) => {
    for (let k = 0; k < magnitude.length; k++) magnitude[k] = Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    sumBands(bank, magnitude, mel);
    for (let b = 0; b < mel.length; b++) {
      mel[b] = mel[b]! ** loudness;
      if (t > 0) rises[t]! += Math.max(0, mel[b]! - last[b]!);
    }
    [mel, last] = [last, mel];
  });
  const mean = rises.reduce((sum, x) => sum + x, 0) / rises.length;
  return rises.map((x) => x - mean);
}

/**
 * Beats a minute: the tempo at whose next beats onsets resemble themselves most, weighed by how usual it is (Ellis 2007).
 * undefined where nothing recurs, as in silence and in sounds of less than two seconds. A slow tempo with strong beats
 * between may be heard as twice as fast.
 */
export function tempoOf(sound: Sound): number | undefined {
  const { sampleRate } = sound;
  if (lengthOf(sound) < 2 * sampleRate) return undefined;
  const rises = onsets(sound);
  const frameRate = sampleRate / onsetStep(sampleRate);
  const longest = Math.min(Math.floor(rises.length / 2), Math.ceil((beats * 60 * frameRate) / slowest) + 1);
  const likeness = Float64Array.from({ length: longest + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < rises.length; t++) sum += rises[t]! * rises[t - lag]!;
    return sum / (rises.length - lag);
  });
  let best: { tempo: number; score: number } | undefined;
  for (let tempo = slowest; tempo <= fastest; tempo += grid) {
    const beat = (60 * frameRate) / tempo;
    const heard = Math.min(beats, Math.floor(longest / beat));
    let sum = 0;
    for (let i = 1; i <= heard; i++) {
      const lag = Math.floor(i * beat);
      const part = i * beat - lag;
      sum += likeness[lag]! * (1 - part) + (likeness[lag + 1] ?? 0) * part;
    }
    const usual = Math.exp(-0.5 * (Math.log2(tempo / preferred) / spread) ** 2);
    const score = (sum / heard) * usual;
    if (heard > 0 && score > (best?.score ?? 0)) best = { tempo, score };
  }
  return best && best.score > 0.01 * likeness[0]! ? best.tempo : undefined;
}
