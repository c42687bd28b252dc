import { describe, expect, it } from "vitest";
import { normal } from "../random/philox.ts";
import { keyOf } from "./key.ts";
import type { Sound } from "./sound.ts";

const rate = 11_025;

/** Chords of tones with overtones, half a second each, by semitones above middle C. */
function played(chords: readonly (readonly number[])[]): Sound {
  const each = rate / 2;
  const samples = new Float32Array(Math.round(each * chords.length));
  for (let i = 0; i < samples.length; i++)
    for (const semitone of chords[Math.min(Math.floor(i / each), chords.length - 1)]!)
      for (const [overtone, loudness] of [0.3, 0.1, 0.05].entries())
        samples[i]! += loudness * Math.sin((2 * Math.PI * 261.63 * 2 ** (semitone / 12) * (overtone + 1) * i) / rate);
  return { sampleRate: rate, channels: [samples] };
}

const major = (root: number) => [root, root + 4, root + 7];
const minor = (root: number) => [root, root + 3, root + 7];

describe("keyOf", () => {
  it.each([
    ["C major", [major(0), major(5), major(7), major(0)]],
    ["A minor", [minor(-3), minor(2), major(4), minor(-3)]],
    ["F sharp minor", [minor(6), minor(11), major(1), minor(6)]],
    ["E flat major", [major(3), major(8), major(10), major(3)]],
  ])("hears %s", (name, chords) => {
    expect(keyOf(played(chords))).toBe(name);
  });

  it("hears none in noise, in silence and in what is too short", () => {
    expect(keyOf({ sampleRate: rate, channels: [new Float32Array(rate)] })).toBeUndefined();
    expect(keyOf({ sampleRate: rate, channels: [normal(1, 0, rate * 4)] })).toBeUndefined();
    expect(keyOf({ sampleRate: rate, channels: [Float32Array.of(1)] })).toBeUndefined();
  });
});
