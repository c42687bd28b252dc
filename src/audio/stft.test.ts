import { describe, expect, it } from "vitest";
import { uniform } from "../random/philox.ts";
import { hann, Stft } from "./stft.ts";

const noise = (count: number): Float64Array => Float64Array.from(uniform(1, 0, count), (x) => x - 0.5);

describe("Stft", () => {
  it.each([
    { size: 2048, window: 2048, hop: 512 },
    { size: 320, window: 200, hop: 80 },
    { size: 551, window: 275, hop: 110 },
    { size: 17640, window: 4410, hop: 441 },
  ])("gives the signal back: $size, $window, $hop", (parameters) => {
    const stft = new Stft(parameters);
    const x = noise(parameters.hop * 30);
    const spectra = stft.forward(x);
    expect([spectra.frames, spectra.bins]).toEqual([31, Math.floor(parameters.size / 2) + 1]);
    const back = stft.inverse(spectra);
    expect(back.length).toBe(x.length);
    expect(Math.max(...back.map((y, i) => Math.abs(y - x[i]!)))).toBeLessThan(1e-6);
  });

  it("sees a cosine at its bin, as high as half the window's sum", () => {
    const stft = new Stft({ size: 400, window: 100, hop: 50 });
    const x = Float64Array.from({ length: 2000 }, (_, i) => Math.cos((2 * Math.PI * 40 * i) / 400));
    const { data, bins, frames } = stft.magnitudes(x);
    const middle = data.subarray(20 * bins, 21 * bins);
    expect(frames).toBe(41);
    expect(middle.indexOf(Math.max(...middle))).toBe(40);
    expect(middle[40]).toBeCloseTo(hann(100).reduce((a, b) => a + b) / 2, 3);
  });

  it("mirrors the signal at its ends, even one shorter than the window", () => {
    const { re, im, bins } = new Stft({ size: 16, window: 16, hop: 4 }).forward([1, 2, 3]);
    // …1 2 3 2 | 1 2 3 2 1 2 3 2 …: of period 4, symmetric about the frame's middle.
    expect(bins).toBe(9);
    expect(Math.abs(im[4]!)).toBeLessThan(1e-6);
    expect(re[0]).toBeCloseTo(16, 6);
  });

  it("refuses what it cannot do", () => {
    expect(() => new Stft({ size: 8, window: 9, hop: 4 })).toThrow("window 9 and hop 4 in frames of 8");
    expect(() => new Stft({ size: 8, window: 8, hop: 4 }).forward([1])).toThrow("a signal of 1 samples");
    const spectra = new Stft({ size: 8, window: 8, hop: 4 }).forward([1, 2, 3, 4]);
    expect(() => new Stft({ size: 16, window: 8, hop: 4 }).inverse(spectra)).toThrow("5 bins, where it has 9");
  });
});
