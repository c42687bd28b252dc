import { lengthOf, type Sound, toMono } from "./sound.ts";
import { Stft } from "./stft.ts";

/** How well each tone fits into a key, from the tonic up: Krumhansl and Kessler 1982. */
const profiles = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
} as const;

const tones = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"] as const;

/** Tones that are listened to, in Hz: below, bins are too wide to tell them apart; above are overtones. */
const [lowest, highest] = [65, 2100];

/** Seconds that a frame looks at. */
const window = 0.37;

/** The least correlation with a key's profile: drums alone have less with all of them. */
const certain = 0.6;

/** How much of each of the twelve tones, from C up, is heard at A = 440 Hz. */
export function chroma(sound: Sound): Float64Array {
  const { sampleRate, channels } = toMono(sound);
  const size = 2 ** Math.ceil(Math.log2(window * sampleRate));
  const stft = new Stft({ size, window: size, hop: size / 4 });
  const first = Math.ceil((lowest * size) / sampleRate);
  const last = Math.min(stft.bins - 2, Math.floor((highest * size) / sampleRate));
  const amounts = new Float64Array(12);
  const magnitude = new Float64Array(last + 2);
  stft.scan(channels[0]!, (re, im) => {
    for (let k = first - 1; k <= last + 1; k++) magnitude[k] = Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    // Only peaks: noise and the flanks of tones say nothing.
    for (let k = first; k <= last; k++) {
      const [below, at, above] = [magnitude[k - 1]!, magnitude[k]!, magnitude[k + 1]!];
      if (at <= below || at < above) continue;
      const place = k + (above - below) / (2 * (2 * at - below - above));
      const tone = Math.round(12 * Math.log2((place * sampleRate) / size / 440)) + 9;
      amounts[((tone % 12) + 12) % 12]! += Math.sqrt(at);
    }
  });
  return amounts;
}

/**
 * The key that the tones of a sound fit best, as in "A minor"; undefined where they fit none, as in drums and silence.
 * Relative and parallel keys share tones: one may be heard as another.
 */
export function keyOf(sound: Sound): string | undefined {
  if (lengthOf(sound) < window * sound.sampleRate) return undefined;
  const heard = chroma(sound);
  let best: { readonly name: string; readonly fit: number } | undefined;
  for (const [mode, profile] of Object.entries(profiles))
    for (const [tonic, tone] of tones.entries()) {
      const rotated = Float64Array.from({ length: 12 }, (_, i) => heard[(i + tonic) % 12]!);
      const fit = correlation(rotated, profile);
      if (fit > (best?.fit ?? certain)) best = { name: `${tone} ${mode}`, fit };
    }
  return best?.name;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, value) => sum + value, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - ma, b[i]! - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
