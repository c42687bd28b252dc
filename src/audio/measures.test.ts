import { describe, expect, it } from "vitest";
import { uniform } from "../random/philox.ts";
import { joinSounds, overlaySounds } from "./join.ts";
import { clippedShare, loudnessOf } from "./loudness.ts";
import { durationOf, lengthOf, type Sound } from "./sound.ts";
import { tempoOf } from "./tempo.ts";

const mono = (samples: Float32Array, sampleRate = 8000): Sound => ({ sampleRate, channels: [samples] });
const constant = (value: number, count: number): Sound => mono(new Float32Array(count).fill(value));

describe("loudness", () => {
  it("is 3 dB below full scale for a full sine, and nothing for silence", () => {
    const sine = mono(Float32Array.from({ length: 8000 }, (_, i) => Math.sin((2 * Math.PI * i) / 80)));
    expect(loudnessOf(sine)).toBeCloseTo(-3.0103, 3);
    expect(loudnessOf(constant(0, 10))).toBe(Number.NEGATIVE_INFINITY);
  });

  it("counts the samples at the limit", () => {
    expect(clippedShare(mono(Float32Array.of(0, 1, -1.5, 0.99)))).toBe(0.5);
  });
});

/** Hits of decaying noise on the beat, softer ones between, over a low hum. */
function drums(tempo: number, seconds: number): Sound {
  const noise = uniform(1, 0, 22050 * seconds);
  return mono(
    noise.map((x, i) => {
      const beat = (i / 22050) * (tempo / 60);
      const strike = Math.exp(-30 * (beat % 1)) + 0.3 * Math.exp(-60 * ((beat + 0.5) % 1));
      return strike * (x - 0.5) + 0.1 * Math.sin((2 * Math.PI * 55 * i) / 22050);
    }),
    22050,
  );
}

describe("tempoOf", () => {
  it.each([80, 84, 96, 110, 120, 133, 150, 170])("hears %i beats a minute in five seconds, within 2 %%", (tempo) => {
    expect(Math.abs(tempoOf(drums(tempo, 5))! / tempo - 1)).toBeLessThan(0.02);
  });

  it("hears none in silence, in a steady tone and in a moment", () => {
    expect(tempoOf(mono(new Float32Array(22050 * 4), 22050))).toBeUndefined();
    expect(tempoOf(drums(120, 1))).toBeUndefined();
  });
});

describe("joinSounds", () => {
  it("puts one after the other", () => {
    const joined = joinSounds([constant(0.5, 3), constant(-0.5, 2)]);
    expect([...joined.channels[0]!]).toEqual([0.5, 0.5, 0.5, -0.5, -0.5]);
  });

  it("fades from one to the next at equal power", () => {
    const joined = joinSounds([constant(1, 8000), constant(0, 8000), constant(1, 8000)], 0.5);
    expect(durationOf(joined)).toBe(2);
    const [samples] = joined.channels;
    const [whole, half, silent, again] = [3999, 6000, 8000, 12000].map((i) => samples![i]!);
    expect([whole, again]).toEqual([1, 1]);
    expect(half).toBeCloseTo(Math.SQRT1_2, 3);
    expect(silent).toBeLessThan(1e-3);
    // cos² + sin²
    const back = joinSounds([constant(0, 8000), constant(1, 8000)], 0.5).channels[0]!;
    const out = joinSounds([constant(1, 8000), constant(0, 8000)], 0.5).channels[0]!;
    for (let i = 4000; i < 8000; i += 100) expect(out[i]! ** 2 + back[i]! ** 2).toBeCloseTo(1, 5);
  });

  it("overlaps short sounds by half at most", () => {
    expect(lengthOf(joinSounds([constant(1, 10), constant(1, 10), constant(1, 10)], 9))).toBe(20);
  });

  it("refuses sounds that differ in kind", () => {
    expect(() => joinSounds([constant(1, 4), mono(new Float32Array(4), 9000)])).toThrow("1 channels of 9000 Hz beside");
    expect(() => joinSounds([])).toThrow("no sounds");
  });
});

it("overlaySounds adds up", () => {
  expect([...overlaySounds([constant(0.25, 3), constant(0.5, 1)]).channels[0]!]).toEqual([0.75, 0.25, 0.25]);
});
