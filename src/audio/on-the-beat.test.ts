import { expect, it } from "vitest";
import { normal } from "../random/philox.ts";
import { beatOffset, crossfaded } from "./on-the-beat.ts";
import { lengthOf, type Sound } from "./sound.ts";

const rate = 8000;

/** Clicks every half second, the first after so many seconds. */
const clicks = (first: number, seconds: number): Sound => ({
  sampleRate: rate,
  channels: [
    normal(1, 0, rate * seconds).map((value, i) => {
      const since = (((i / rate - first) % 0.5) + 0.5) % 0.5;
      return value * 0.3 * Math.exp(-since * 60);
    }),
  ],
});

it("beats fall together, wherever they are", () => {
  for (const first of [0.1, 0.2, 0.35]) {
    const offset = beatOffset(clicks(0.25, 1), clicks(first, 1.5)) / rate;
    const apart = (((first - offset - 0.25) % 0.5) + 0.75) % 0.5;
    expect(Math.abs(apart - 0.25)).toBeLessThan(0.013);
  }
});

it("silence needs no offset", () => {
  const silence = { sampleRate: rate, channels: [new Float32Array(rate)] };
  expect(beatOffset(silence, clicks(0.3, 2))).toBe(0);
});

it("one fades out while the other fades in", () => {
  const flat = (value: number): Sound => ({ sampleRate: rate, channels: [new Float32Array(100).fill(value)] });
  const both = crossfaded(flat(1), flat(0));
  expect(lengthOf(both)).toBe(100);
  expect(both.channels[0]![0]).toBeCloseTo(1, 3);
  expect(both.channels[0]![99]).toBeCloseTo(0, 1);
  for (let i = 0; i < 100; i++)
    expect(both.channels[0]![i]! ** 2 + crossfaded(flat(0), flat(1)).channels[0]![i]! ** 2).toBeCloseTo(1, 5);
});
