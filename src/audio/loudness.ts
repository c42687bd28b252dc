import { fromDecibels, peakOf, type Sound } from "./sound.ts";

/** Samples from here on are at 16 bits' limit. */
const limit = 32767 / 32768;

/** Root of the mean square of all channels' samples, in dBFS: 0 for a square wave of full scale, −∞ for silence. */
export function loudnessOf({ channels }: Sound): number {
  let sum = 0;
  let count = 0;
  for (const channel of channels) {
    for (const sample of channel) sum += sample * sample;
    count += channel.length;
  }
  return 10 * Math.log10(sum / count);
}

/** Share of the samples that are as loud as 16 bits can say, or louder: 0 to 1. */
export function clippedShare({ channels }: Sound): number {
  let clipped = 0;
  let count = 0;
  for (const channel of channels) {
    for (const sample of channel) if (Math.abs(sample) >= limit) clipped++;
    count += channel.length;
  }
  return clipped / count;
}

/**
 * A sound as loud as others, by a gain alone: `loudness` dBFS, or less where its peak would be above `peak` dBFS, so that
 * nothing is clipped. Silence stays silent.
 */
export function normalizeLoudness(sound: Sound, loudness = -14, peak = -0.5): Sound {
  const gain = gainTo(sound, loudness, peak);
  return { ...sound, channels: sound.channels.map((channel) => channel.map((sample) => sample * gain)) };
}

/** The factor by which `normalizeLoudness` multiplies. */
export function gainTo(sound: Sound, loudness = -14, peak = -0.5): number {
  const loudest = peakOf(sound);
  return loudest === 0 ? 1 : Math.min(fromDecibels(loudness - loudnessOf(sound)), fromDecibels(peak) / loudest);
}
