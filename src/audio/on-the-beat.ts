import { cutSound, lengthOf, type Sound } from "./sound.ts";
import { onsetStep, onsets } from "./tempo.ts";

/**
 * Samples of a sound to leave out so that its beats fall together with those of `tail`, which it is to be faded in over: of
 * all up to what it has more than the tail, those with which the onsets of both are most alike. 0 where neither has any.
 */
export function beatOffset(tail: Sound, next: Sound): number {
  const [before, after] = [onsets(tail), onsets(next)];
  const hop = onsetStep(next.sampleRate);
  const most = Math.floor((lengthOf(next) - lengthOf(tail)) / hop);
  let best = { offset: 0, likeness: 0 };
  for (let offset = 0; offset <= most; offset++) {
    let [both, own] = [0, 0];
    for (let i = 0; i < before.length; i++) {
      both += before[i]! * (after[offset + i] ?? 0);
      own += (after[offset + i] ?? 0) ** 2;
    }
    const likeness = own > 0 ? both / Math.sqrt(own) : 0;
    if (likeness > best.likeness * 1.0001) best = { offset, likeness };
  }
  return best.offset * hop;
}

/** What two sounds are at once, over the length of the first: that fades out while the other fades in, both equally loud. */
export function crossfaded(tail: Sound, next: Sound): Sound {
  const length = lengthOf(tail);
  const channels = next.channels.map((samples, c) =>
    samples.slice(0, length).map((sample, i) => {
      const angle = (Math.PI / 2) * ((i + 0.5) / length);
      return tail.channels[c]![i]! * Math.cos(angle) + sample * Math.sin(angle);
    }),
  );
  return cutSound({ sampleRate: next.sampleRate, channels }, 0, length);
}
