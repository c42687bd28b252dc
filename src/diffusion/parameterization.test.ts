import { describe, expect, test } from "vitest";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import type { Latents } from "./latents.ts";
import { addNoise, predict, velocity } from "./parameterization.ts";
import { NoiseSchedule, STABLE_DIFFUSION } from "./schedule.ts";

const random = (stream: number): Latents => ndarray(normal(1, stream, 32), [2, 1, 4, 4]);
const [clean, noise] = [random(0), random(1)];
const level = new NoiseSchedule(STABLE_DIFFUSION).at(700);
const x = addNoise(clean, noise, level);

function expectNear(actual: Latents, expected: Latents): void {
  for (const [i, value] of expected.data.entries()) expect(actual.data[i]).toBeCloseTo(value, 4);
}

describe("predict", () => {
  test.each([
    ["epsilon", noise],
    ["v_prediction", velocity(clean, noise, level)],
    ["sample", clean],
  ] as const)("recovers picture and noise from %s", (type, output) => {
    const prediction = predict(type, output, x, level);
    expectNear(prediction.denoised, clean);
    expectNear(prediction.noise, noise);
  });

  test("clips the picture and keeps the noise or fits it to the picture", () => {
    const clip = { kind: "clip", range: 0.5 } as const;
    const kept = predict("epsilon", noise, x, level, { ...clip, keepNoise: true });
    expect(Math.max(...kept.denoised.data.map(Math.abs))).toBe(0.5);
    expectNear(kept.noise, noise);
    const fitted = predict("epsilon", noise, x, level, { ...clip, keepNoise: false });
    expectNear(addNoise(fitted.denoised, fitted.noise, level), x);
  });

  test("thresholds each picture at its own quantile", () => {
    const loud = ndarray(
      clean.data.map((v, i) => (i < 16 ? v / 100 : 10 * v)),
      clean.shape,
    );
    const limit = { kind: "threshold", quantile: 1, max: 100, keepNoise: true } as const;
    const { denoised } = predict("sample", loud, x, level, limit);
    expect(denoised.data.slice(0, 16)).toEqual(loud.data.slice(0, 16));
    expect(Math.max(...denoised.data.slice(16).map(Math.abs))).toBeCloseTo(1, 6);
  });
});
