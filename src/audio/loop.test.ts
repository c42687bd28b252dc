import { expect, it } from "vitest";
import { stretchFrames, stretchSamples } from "./loop.ts";
import { melSpectrogram, soundOfMel } from "./spectrogram.ts";

const parameters = {
  sampleRate: 8000,
  stereo: false,
  stepMs: 10,
  windowMs: 50,
  paddedMs: 100,
  melBands: 64,
  minFrequency: 0,
  maxFrequency: 3000,
  power: 0.25,
};

/** Largest step from sample to sample within a sound, and from its end to its beginning. */
function steps(samples: Float32Array): { within: number; round: number } {
  let within = 0;
  for (let i = 1; i < samples.length; i++) within = Math.max(within, Math.abs(samples[i]! - samples[i - 1]!));
  return { within, round: Math.abs(samples[0]! - samples.at(-1)!) };
}

it("a sound made as a loop ends where it begins", () => {
  // 1.005 s of a tone of 400 Hz: its period divides neither.
  const tone = Float32Array.from({ length: 16_000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 400.7 * i) / 8000));
  const { bins, data } = melSpectrogram(tone, parameters);
  const mel = { frames: 60, bins, data: data.slice(20 * bins, 80 * bins) };
  const making = soundOfMel(mel, parameters, { loop: true, iterations: 60 });
  let step = making.next();
  while (!step.done) step = making.next();
  const loop = step.value;
  expect(loop.length).toBe(60 * 80);
  const twice = new Float32Array([...loop, ...loop]);
  const again = melSpectrogram(twice, parameters);
  // Across the seam it is as loud, and as much of a tone, as in the middle.
  const loudest = (t: number) => again.data.slice(t * bins, (t + 1) * bins).reduce((a, b) => Math.max(a, b));
  for (let t = 55; t < 65; t++) expect(loudest(t) / loudest(30)).toBeGreaterThan(0.85);
  const { within, round } = steps(loop);
  expect(round).toBeLessThan(within * 1.01);
});

it("loops stretch without a seam", () => {
  const period = Float32Array.from({ length: 1000 }, (_, i) => Math.sin((2 * Math.PI * 7 * i) / 1000));
  const stretched = stretchSamples(period, 1013);
  const ideal = Float32Array.from({ length: 1013 }, (_, i) => Math.sin((2 * Math.PI * 7 * i) / 1013));
  for (const [i, value] of stretched.entries()) expect(value).toBeCloseTo(ideal[i]!, 3);
  const { frames, data } = stretchFrames({ frames: 4, bins: 1, data: Float32Array.of(0, 2, 4, 2) }, 8);
  expect([frames, ...data]).toEqual([8, 0, 1, 2, 3, 4, 3, 2, 1]);
});
