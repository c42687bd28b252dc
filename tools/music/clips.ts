import { random } from "../../src/training/data/random.ts";
import type { Loop } from "./loop.ts";
import { midiFile, performance, type Timed } from "./midi.ts";
import { parameters } from "./parameters.ts";
import { type Cut, sampleRate, synthesize } from "./synthesizer.ts";

/** Columns of a clip's picture, ten seconds of music. */
export const columns = 512;
export const clipSamples = ((columns - 1) * parameters.stepMs * sampleRate) / 1000;
export const clipSeconds = clipSamples / sampleRate;

/** Beats that are played before the first clip, so that it begins amid the music, and silence after a loop, in seconds. */
const before = 2;
const pause = 0.7;

/** The bar that a loop's clip begins with, any of them. */
export const startOf = (loop: Loop, seed: number, index: number): number => random(seed, index, 2).int(loop.bars);

/**
 * Plays loops one after the other, round and round, and cuts a clip out of each that begins with the first beat of a bar.
 * Returns `clipSamples` of each, the loudest ±0.9.
 */
export async function playClips(loops: readonly Loop[], starts: readonly number[]): Promise<Float32Array[]> {
  const tracks: Timed[][] = [];
  const cuts: Cut[] = [];
  let now = 0;
  for (const [i, loop] of loops.entries()) {
    const seconds = (beats: number): number => (beats * 60) / loop.bpm;
    const start = starts[i]! * loop.beats;
    const end = start + (clipSeconds * loop.bpm) / 60;
    tracks.push(performance(loop, now, -before, end));
    cuts.push({ from: Math.round((now + seconds(before + start)) * sampleRate), count: clipSamples });
    now += seconds(before + end) + pause;
  }
  return (await synthesize(midiFile(tracks), cuts)).map(evenly);
}

/** As loud as every other clip. */
function evenly(samples: Float32Array): Float32Array {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return peak > 0 ? samples.map((sample) => (sample * 0.9) / peak) : samples;
}
