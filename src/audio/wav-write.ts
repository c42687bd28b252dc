import { UserError } from "../errors.ts";
import { lengthOf, type Sound } from "./sound.ts";

export type WavFormat = "pcm16" | "float32";

/**
 * A WAV file: 16-bit whole numbers, louder samples clipped, or 32-bit floats, as they are. The same sound gives the same
 * bytes. Throws a UserError where it would be longer than WAV can say.
 */
export function writeWav(sound: Sound, format: WavFormat = "pcm16"): Uint8Array {
  const { sampleRate, channels } = sound;
  const float = format === "float32";
  const width = float ? 4 : 2;
  const size = lengthOf(sound) * channels.length * width;
  // Floats have a fact chunk: the number of samples in a channel.
  const header = float ? 56 : 44;
  if (header + size >= 2 ** 32) throw new UserError("the sound is longer than a WAV file of 4 GB can be; cut it first");
  const bytes = new Uint8Array(header + size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const text = (letters: string): void => {
    for (const letter of letters) view.setUint8(at++, letter.charCodeAt(0));
  };
  const put16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const put32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  text("RIFF");
  put32(header - 8 + size);
  text("WAVEfmt ");
  put32(16);
  put16(float ? 3 : 1);
  put16(channels.length);
  put32(sampleRate);
  put32(sampleRate * channels.length * width);
  put16(channels.length * width);
  put16(width * 8);
  if (float) {
    text("fact");
    put32(4);
    put32(lengthOf(sound));
  }
  text("data");
  put32(size);
  for (let i = 0; i < lengthOf(sound); i++)
    for (const channel of channels) {
      const sample = channel[i]!;
      if (float) view.setFloat32(at, sample, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
      at += width;
    }
  return bytes;
}
