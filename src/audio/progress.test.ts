import { describe, expect, it } from "vitest";
import { medians, percussivePart } from "./hpss.ts";
import { percussiveProgress } from "./progress.ts";

const rate = 8000;

/** Three tones that swell and fade, and clicks of noise at these times. */
function music(seconds: number, clicks: readonly number[], loudness = 0.2): Float32Array {
  const samples = Float32Array.from({ length: seconds * rate }, (_, i) =>
    [220, 277, 330].reduce(
      (sum, hertz) => sum + swell(i / rate, seconds) * loudness * Math.sin((2 * Math.PI * hertz * i) / rate),
      0,
    ),
  );
  let state = 1;
  for (const click of clicks)
    for (let i = 0; i < 200; i++) {
      state = (state * 16807) % 2147483647;
      samples[Math.round(click * rate) + i]! += 0.8 * (state / 2147483647 - 0.5) * Math.exp(-i / 60);
    }
  return samples;
}

const swell = (time: number, seconds: number): number => Math.min(1, 3 * time, 3 * (seconds - time));

const power = (samples: ArrayLike<number>, from: number, to: number): number => {
  let sum = 0;
  for (let i = Math.round(from * rate); i < Math.round(to * rate); i++) sum += samples[i]! ** 2;
  return sum;
};

describe("percussivePart", () => {
  const parameters = { size: 512, window: 512, hop: 128 };

  it("keeps clicks and leaves out tones", () => {
    const mixed = percussivePart(music(2, [1]), parameters);
    const tones = music(2, []);
    expect(power(mixed, 0.3, 0.8) / power(tones, 0.3, 0.8)).toBeLessThan(0.02);
    const click = music(2, [1], 0);
    expect(power(mixed, 1, 1.05) / power(click, 1, 1.05)).toBeGreaterThan(0.4);
  });

  it("keeps less of tones with a margin", () => {
    const [one, four] = [1, 4].map((margin) => power(percussivePart(music(2, [1]), parameters, margin), 0.4, 0.8));
    expect(four!).toBeLessThan(0.2 * one!);
  });

  it("takes medians as if sorted anew at each place", () => {
    const [frames, bins] = [40, 50];
    const data = Float32Array.from({ length: frames * bins }, (_, i) => (i * 7919) % 101);
    const along = (axis: "time" | "frequency", frame: number, bin: number): number => {
      const values = Array.from({ length: 31 }, (_, n) => {
        const mirror = (i: number, length: number): number => (i < 0 ? -1 - i : i >= length ? 2 * length - 1 - i : i);
        const [t, k] = axis === "time" ? [mirror(frame + n - 15, frames), bin] : [frame, mirror(bin + n - 15, bins)];
        return data[t * bins + k]!;
      });
      return values.sort((a, b) => a - b)[15]!;
    };
    for (const axis of ["time", "frequency"] as const) {
      const found = medians({ frames, bins, data }, axis);
      const wanted = Array.from(data, (_, i) => along(axis, Math.floor(i / bins), i % bins));
      expect([...found]).toEqual(wanted);
    }
  });
});

describe("percussiveProgress", () => {
  const options = { frames: 25, fps: 12 };

  it("moves at the clicks, by as much for each", () => {
    const progress = percussiveProgress(music(3, [0.5, 1, 1.5]), rate, options);
    expect(progress[0]).toBe(0);
    expect(progress[24]).toBeCloseTo(1, 12);
    for (let k = 1; k < 25; k++) expect(progress[k]!).toBeGreaterThanOrEqual(progress[k - 1]!);
    for (const [k, third] of [
      [4, 0],
      [9, 1],
      [15, 2],
      [21, 3],
    ] as const)
      expect(Math.abs(progress[k]! - third / 3)).toBeLessThan(0.12);
  });

  it("starts where it is told", () => {
    const later = percussiveProgress(music(3, [0.1, 0.2, 1.5]), rate, { ...options, start: 0.5 });
    expect(later[10]!).toBeLessThan(0.1);
    expect(later[15]!).toBeGreaterThan(0.9);
  });

  it("moves evenly when smooth, in silence, and for a single picture", () => {
    const even = Array.from({ length: 25 }, (_, k) => k / 24);
    const music3 = music(3, [1]);
    for (const progress of [
      percussiveProgress(music3, rate, { ...options, smooth: 1 }),
      percussiveProgress(new Float32Array(rate), rate, options),
    ])
      for (const [k, value] of progress.entries()) expect(value).toBeCloseTo(even[k]!, 12);
    expect([...percussiveProgress(music3, rate, { frames: 1, fps: 12 })]).toEqual([0]);
  });

  it("says that a sound has ended", () => {
    expect(() => percussiveProgress(music(3, []), rate, { ...options, start: 4 })).toThrow(
      "the sound lasts 3.0 s: it cannot start at 4 s",
    );
  });
});
