import type { Picture } from "../runtime/host.ts";
import { lengthOf, type Sound } from "./sound.ts";

const [paper, ink] = [255, 40];

/** A picture of a sound over time: for each column the samples' range, a channel below the other, full scale from edge to edge. */
export function waveformPicture(sound: Sound, width = 1024, height = 256): Picture {
  const data = new Uint8Array(width * height * 3).fill(paper);
  const { channels } = sound;
  const length = lengthOf(sound);
  const each = Math.floor(height / channels.length);
  for (const [c, samples] of channels.entries())
    for (let x = 0; x < width; x++) {
      const [start, end] = [Math.floor((x * length) / width), Math.floor(((x + 1) * length) / width)];
      let [low, high] = [samples[start]!, samples[start]!];
      for (let i = start; i < end; i++) {
        low = Math.min(low, samples[i]!);
        high = Math.max(high, samples[i]!);
      }
      const row = (value: number): number => Math.round(((1 - Math.max(-1, Math.min(1, value))) / 2) * (each - 1));
      for (let y = row(high); y <= row(low); y++) {
        const at = ((c * each + y) * width + x) * 3;
        data.fill(ink, at, at + 3);
      }
    }
  return { width, height, channels: 3, data };
}
