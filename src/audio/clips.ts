import { UserError } from "../errors.ts";
import { cutSound, durationOf, lengthOf, type Sound } from "./sound.ts";

/**
 * Clips of equal length, each beginning so long before the end of the one before as they are to overlap; what is left at the
 * end is left out. Lengths in seconds. Throws a UserError where the sound is shorter than one clip.
 */
export function clipsOf(sound: Sound, seconds: number, overlap = 0): Sound[] {
  const length = Math.round(seconds * sound.sampleRate);
  const step = Math.round((seconds - overlap) * sound.sampleRate);
  if (length < 1 || step < 1)
    throw new UserError(`clips of ${seconds} s that overlap by ${overlap} s: the overlap must be shorter than a clip`);
  if (lengthOf(sound) < length)
    throw new UserError(`the sound is ${durationOf(sound).toFixed(2)} s long, shorter than a clip of ${seconds} s`);
  const count = 1 + Math.floor((lengthOf(sound) - length) / step);
  return Array.from({ length: count }, (_, i) => cutSound(sound, i * step, i * step + length));
}
