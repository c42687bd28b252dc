import { random } from "../../src/training/data/random.ts";
import type { Loop } from "./loop.ts";
import { midiFile, performance, type Timed } from "./midi.ts";
import { parameters } from "./parameters.ts";
import { type Cut, sampleRate, synthesize } from "./synthesizer.ts";

/** Columns of a clip's picture, and the seconds between the first and the last. */
export const columns = 256;
export const clipSamples = ((columns - 1) * parameters.stepMs * sampleRate) / 1000;
export const clipSeconds = clipSamples / sampleRate;

/** Beats that are played before the first clip, so that it begins amid the music, and silence after a loop, in seconds. */
const before = 2;
const pause = 0.7;

export interface Clip {
  /** Bar that it begins with. */
  readonly bar: number;
  /** `clipSamples` of them, the loudest ±0.9. */
  readonly samples: Float32Array;
}

/** Bars that a loop's clips begin with: its first, and one of the others. */
export const startsOf = (loop: Loop, seed: number, index: number): number[] => [
  0,
  1 + random(seed, index, 2).int(loop.bars - 1),
];

/** Plays loops one after the other, and cuts clips out of each that begin with its first beat or that of another bar. */
export async function playClips(loops: readonly Loop[], starts: readonly (readonly number[])[]): Promise<Clip[][]> {
  const tracks: Timed[][] = [];
  const cuts: Cut[] = [];
  let now = 0;
  for (const [i, loop] of loops.entries()) {
    const seconds = (beats: number): number => (beats * 60) / loop.bpm;
    const end = Math.max(...starts[i]!) * loop.beats + (clipSeconds * loop.bpm) / 60;
    tracks.push(performance(loop, now, -before, end));
    for (const bar of starts[i]!)
      cuts.push({ from: Math.round((now + seconds(before + bar * loop.beats)) * sampleRate), count: clipSamples });
    now += seconds(before + end) + pause;
  }
  const sounds = (await synthesize(midiFile(tracks), cuts)).map(evenly).values();
  return starts.map((bars) => bars.map((bar) => ({ bar, samples: sounds.next().value! })));
}

/** As loud as every other clip. */
function evenly(samples: Float32Array): Float32Array {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak > 0 ? samples.map((sample) => (sample * 0.9) / peak) : samples;
}
