import { lengthOf, type Sound } from "./sound.ts";

/** Sounds of one rate and one number of channels, or an error of the program's. */
function alike(sounds: readonly Sound[]): { readonly sampleRate: number; readonly count: number } {
  const [first] = sounds;
  if (!first) throw new Error("no sounds to put together");
  const { sampleRate, channels } = first;
  for (const other of sounds)
    if (other.sampleRate !== sampleRate || other.channels.length !== channels.length)
      throw new Error(
        `${other.channels.length} channels of ${other.sampleRate} Hz beside ${channels.length} of ${sampleRate} Hz`,
      );
  return { sampleRate, count: channels.length };
}

/**
 * One sound after the other; over `overlap` seconds the one is faded out while the next is faded in, by a quarter of a sine, so
 * that sounds which have nothing in common stay equally loud. Shorter ones overlap by at most half of themselves.
 */
export function joinSounds(sounds: readonly Sound[], overlap = 0): Sound {
  const { sampleRate, count } = alike(sounds);
  const wanted = Math.round(overlap * sampleRate);
  const overlaps = sounds.map((sound, i) =>
    i === 0 ? 0 : Math.min(wanted, Math.floor(lengthOf(sound) / 2), Math.floor(lengthOf(sounds[i - 1]!) / 2)),
  );
  const total = sounds.reduce((sum, sound, i) => sum + lengthOf(sound) - overlaps[i]!, 0);
  const channels = Array.from({ length: count }, () => new Float32Array(total));
  let end = 0;
  for (const [i, sound] of sounds.entries()) {
    const shared = overlaps[i]!;
    const start = end - shared;
    for (const [c, channel] of channels.entries()) {
      const samples = sound.channels[c]!;
      for (let j = 0; j < shared; j++) {
        const angle = (Math.PI / 2) * ((j + 0.5) / shared);
        channel[start + j] = channel[start + j]! * Math.cos(angle) + samples[j]! * Math.sin(angle);
      }
      channel.set(samples.subarray(shared), end);
    }
    end = start + lengthOf(sound);
  }
  return { sampleRate, channels };
}

/** Sounds at once, each from the start, as long as the longest; not scaled, so that the sum may be beyond full scale. */
export function overlaySounds(sounds: readonly Sound[]): Sound {
  const { sampleRate, count } = alike(sounds);
  const channels = Array.from({ length: count }, () => new Float32Array(Math.max(...sounds.map(lengthOf))));
  for (const sound of sounds)
    for (const [c, channel] of channels.entries())
      for (const [i, sample] of sound.channels[c]!.entries()) channel[i]! += sample;
  return { sampleRate, channels };
}
