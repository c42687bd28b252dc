import { type MidiEvent, writeMidi } from "midi-file";
import type { Loop, Part } from "./loop.ts";

/** Of the percussion, and the others' volumes: bass and lead carry, chords stay behind. */
const channels: Readonly<Record<Part["role"], readonly [channel: number, volume: number]>> = {
  bass: [0, 105],
  chords: [1, 88],
  lead: [2, 104],
  drums: [9, 100],
};

/** MIDI's controllers. */
const [volumeOf, reverbOf, silence] = [7, 91, 120] as const;

const ticksPerBeat = 960;

/** An event at a time, in seconds. */
export type Timed = readonly [seconds: number, event: MidiEvent];

const deltaTime = 0;

/**
 * A loop played round and round from `from` to `to` beats, as events in seconds from `start`; nothing sounds on after it.
 * `from` may lie before the loop's beginning: it comes from its end then.
 */
export function performance(loop: Loop, start: number, from: number, to: number): Timed[] {
  const { bars, beats, parts, bpm, mood } = loop;
  const whole = bars * beats;
  const at = (beat: number): number => start + ((beat - from) * 60) / bpm;
  return parts.flatMap(({ role, program: programNumber, notes }): Timed[] => {
    const [channel, volume] = channels[role];
    const control = (controllerType: number, value: number): MidiEvent => {
      return { deltaTime, type: "controller", channel, controllerType, value };
    };
    const found: Timed[] = [
      [start, { deltaTime, type: "programChange", channel, programNumber }],
      [start, control(volumeOf, volume)],
      [start, control(reverbOf, mood.reverb)],
    ];
    for (let round = Math.floor(from / whole); round * whole < to; round++)
      for (const { at: inside, length, pitch: noteNumber, velocity } of notes) {
        const beat = round * whole + inside;
        if (beat < from || beat >= to) continue;
        const end = Math.min(beat + length, to);
        found.push([at(beat), { deltaTime, type: "noteOn", channel, noteNumber, velocity }]);
        found.push([at(end), { deltaTime, type: "noteOff", channel, noteNumber, velocity: 0 }]);
      }
    found.push([at(to), control(silence, 0)]);
    return found;
  });
}

/** A file of tracks that are played at once, in the tempo that it begins with. */
export function midiFile(tracks: readonly (readonly Timed[])[], bpm = 120): Uint8Array {
  const tempo: Timed = [0, { deltaTime, type: "setTempo", microsecondsPerBeat: Math.round(60e6 / bpm) }];
  const ticks = (seconds: number): number => Math.round((seconds * bpm * ticksPerBeat) / 60);
  const timed = tracks.map((events, i): MidiEvent[] => {
    let last = 0;
    const track = [...(i === 0 ? [tempo] : []), ...events]
      .sort(([a], [b]) => a - b)
      .map(([seconds, event]) => {
        const before = last;
        last = ticks(seconds);
        return { ...event, deltaTime: last - before };
      });
    return [...track, { deltaTime, type: "endOfTrack" }];
  });
  const header = { format: 1, numTracks: timed.length, ticksPerBeat } as const;
  return Uint8Array.from(writeMidi({ header, tracks: timed }));
}
