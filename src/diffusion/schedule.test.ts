import { describe, expect, test } from "vitest";
import { NoiseSchedule, noiseRatio, STABLE_DIFFUSION } from "./schedule.ts";

const schedule = new NoiseSchedule(STABLE_DIFFUSION);

describe("Stable Diffusion's noise schedule", () => {
  test("has the published levels", () => {
    expect(schedule.alphaBar[0]).toBeCloseTo(0.99915, 5);
    expect(schedule.alphaBar[500]).toBeCloseTo(0.27633, 5);
    expect(schedule.alphaBar[999]).toBeCloseTo(0.0046601, 7);
    expect(noiseRatio(schedule.at(0))).toBeCloseTo(0.029167, 6);
    expect(noiseRatio(schedule.at(999))).toBeCloseTo(14.6146, 4);
  });

  test("preserves variance and interpolates σ/α between timesteps", () => {
    const { alpha, sigma } = schedule.at(749.25);
    expect(alpha ** 2 + sigma ** 2).toBeCloseTo(1, 12);
    const expected = 0.75 * noiseRatio(schedule.at(749)) + 0.25 * noiseRatio(schedule.at(750));
    expect(sigma / alpha).toBeCloseTo(expected, 12);
  });

  test("finds the timestep of a level", () => {
    for (const timestep of [0, 1, 37, 500, 998, 999]) {
      expect(schedule.atRatio(noiseRatio(schedule.at(timestep))).timestep).toBeCloseTo(timestep, 6);
    }
    expect(schedule.atRatio(100).timestep).toBe(999);
    expect(noiseRatio(schedule.atRatio(100))).toBeCloseTo(100, 10);
    expect(schedule.atRatio(1e-3).timestep).toBe(0);
  });

  test("refuses timesteps outside", () => {
    expect(() => schedule.at(1000)).toThrow("timestep 1000 is not in 0 … 999");
    expect(() => schedule.at(-1)).toThrow("timestep -1");
  });
});

test("the cosine schedule follows its own ᾱ until β is capped", () => {
  const cosine = new NoiseSchedule({ ...STABLE_DIFFUSION, betaSchedule: "squaredcos_cap_v2" });
  const alphaBar = (t: number): number => Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  expect(cosine.alphaBar[499]).toBeCloseTo(alphaBar(0.5) / alphaBar(0), 10);
  expect(cosine.alphaBar[999]! / cosine.alphaBar[998]!).toBeCloseTo(0.001, 10);
});

test("zero terminal SNR leaves the first level and ends in pure noise", () => {
  const rescaled = new NoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr: true });
  expect(rescaled.alphaBar[0]).toBeCloseTo(schedule.alphaBar[0]!, 12);
  expect(rescaled.at(999)).toEqual({ timestep: 999, alpha: 0, sigma: 1 });
  expect(noiseRatio(rescaled.at(999))).toBe(Number.POSITIVE_INFINITY);
});
