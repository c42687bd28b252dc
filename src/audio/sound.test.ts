import { describe, expect, it } from "vitest";
import { clipsOf } from "./clips.ts";
import { resample } from "./resample.ts";
import { cutSound, durationOf, lengthOf, normalizePeak, peakOf, type Sound, toMono } from "./sound.ts";

const tone = (sampleRate: number, hertz: number, count: number): Sound => ({
  sampleRate,
  channels: [Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / sampleRate))],
});

describe("sound", () => {
  const stereo = { sampleRate: 4, channels: [Float32Array.of(1, 0, 0.5), Float32Array.of(-0.5, 0.5, 0)] };

  it("has a length, a peak, a mean and parts", () => {
    expect([lengthOf(stereo), durationOf(stereo), peakOf(stereo)]).toEqual([3, 0.75, 1]);
    expect([...toMono(stereo).channels[0]!]).toEqual([0.25, 0.25, 0.25]);
    expect(cutSound(stereo, 1, 9).channels.map((channel) => [...channel])).toEqual([
      [0, 0.5],
      [0.5, 0],
    ]);
  });

  it("is made as loud as can be, and silence is left alone", () => {
    expect(peakOf(normalizePeak(stereo))).toBeCloseTo(0.98855, 5);
    const silence = { sampleRate: 1, channels: [new Float32Array(4)] };
    expect(normalizePeak(silence)).toBe(silence);
  });
});

describe("clipsOf", () => {
  const sound = { sampleRate: 10, channels: [Float32Array.from({ length: 35 }, (_, i) => i)] };
  const starts = (clips: Sound[]): number[] => clips.map(({ channels }) => channels[0]![0]!);

  it("cuts whole clips, that may overlap", () => {
    expect(starts(clipsOf(sound, 1))).toEqual([0, 10, 20]);
    expect(starts(clipsOf(sound, 1, 0.5))).toEqual([0, 5, 10, 15, 20, 25]);
    expect(clipsOf(sound, 1, 0.5).every((clip) => lengthOf(clip) === 10)).toBe(true);
  });

  it("says when there is none", () => {
    expect(() => clipsOf(sound, 4)).toThrow("the sound is 3.50 s long, shorter than a clip of 4 s");
    expect(() => clipsOf(sound, 1, 1)).toThrow("the overlap must be shorter than a clip");
  });
});

describe("resample", () => {
  it.each([
    [48000, 44100, 1000],
    [48000, 44100, 18000],
    [192000, 44100, 10000],
    [22050, 44100, 9000],
    [8000, 11025, 3000],
  ])("takes a tone from %i Hz to %i as it is: %i Hz", (from, to, hertz) => {
    const { channels, sampleRate } = resample(tone(from, hertz, from / 10), to);
    expect([sampleRate, channels[0]!.length]).toEqual([to, Math.ceil(to / 10)]);
    const wanted = tone(to, hertz, channels[0]!.length).channels[0]!;
    const inside = [...channels[0]!.entries()].slice(500, -500);
    const rms = Math.sqrt(inside.reduce((sum, [i, y]) => sum + (y - wanted[i]!) ** 2, 0) / inside.length);
    expect(20 * Math.log10(rms)).toBeLessThan(-90);
  });

  it("leaves out what the new rate cannot hold, by 100 dB", () => {
    const [out] = resample(tone(192000, 30000, 19200), 44100).channels;
    expect(20 * Math.log10(Math.max(...out!.subarray(500, -500)))).toBeLessThan(-100);
  });

  it("keeps a constant, and the very sound at its own rate", () => {
    const flat = { sampleRate: 44101, channels: [new Float32Array(800).fill(0.5)] };
    expect(resample(flat, 44101)).toBe(flat);
    for (const y of resample(flat, 44100).channels[0]!.subarray(100, 700)) expect(y).toBeCloseTo(0.5, 5);
  });
});
