import { describe, expect, test } from "vitest";
import { continuousLevels, roundHalfEven, solverLevels, stepsBefore, strides, timesteps } from "./levels.ts";
import { NoiseSchedule, noiseRatio, STABLE_DIFFUSION } from "./schedule.ts";

const schedule = new NoiseSchedule(STABLE_DIFFUSION);

describe("timesteps", () => {
  // Lin et al. 2024, table 2, for T = 1000 and five steps; theirs count from 1.
  test.each([
    ["leading", 1, [801, 601, 401, 201, 1]],
    ["trailing", 1, [999, 799, 599, 399, 199]],
    ["linspace", 1, [999, 749.25, 499.5, 249.75, 0]],
  ] as const)("%s", (spacing, offset, expected) => {
    expect(timesteps(schedule, 5, spacing, offset)).toEqual(expected);
  });

  test("stay in the trained range for every number of steps", () => {
    for (const spacing of ["leading", "trailing", "linspace"] as const) {
      for (const count of [1, 2, 3, 7, 30, 333, 999, 1000]) {
        const all = timesteps(schedule, count, spacing, 1);
        expect(all).toHaveLength(count);
        expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...all)).toBeLessThanOrEqual(999);
      }
    }
  });

  test.each([0, -1, 2.5, 1001, Number.NaN])("refuse %s steps", (count) => {
    expect(() => timesteps(schedule, count, "leading", 0)).toThrow(`steps: ${count} is not a whole number from 1 to`);
  });
});

test("strides step by T/N whatever the spacing, and end as told", () => {
  const levels = strides(schedule, { steps: 5, spacing: "linspace" });
  expect(levels.map(({ at }) => at.timestep)).toEqual([999, 749, 500, 250, 0]);
  expect(levels.map(({ to }) => to.timestep)).toEqual([799, 549, 300, 50, 0]);
  expect(levels.at(-1)!.to.sigma).toBe(0);
  expect(strides(schedule, { steps: 5, end: "first" }).at(-1)!.to).toEqual(schedule.at(0));
});

describe("sigma rules", () => {
  test("Karras' levels are evenly spread in the seventh root of σ/α", () => {
    const levels = continuousLevels(schedule, { steps: 9, sigmas: "karras" }, "linspace");
    const roots = levels.slice(0, -1).map((level) => noiseRatio(level) ** (1 / 7));
    const gaps = roots.slice(1).map((root, i) => root - roots[i]!);
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0]!, 10);
    expect(noiseRatio(levels[0]!)).toBeCloseTo(14.6146, 4);
    expect(noiseRatio(levels[8]!)).toBeCloseTo(0.029167, 6);
    expect(levels[9]!.sigma).toBe(0);
  });

  test("exponential levels fall by one factor; solvers tell the network whole timesteps", () => {
    const levels = solverLevels(schedule, { steps: 6, sigmas: "exponential" }).slice(0, -1);
    const factors = levels.slice(1).map((level, i) => noiseRatio(level) / noiseRatio(levels[i]!));
    for (const factor of factors) expect(factor).toBeCloseTo(factors[0]!, 10);
    expect(levels.every(({ timestep }) => Number.isInteger(timestep))).toBe(true);
  });

  test("refuse to start from pure noise", () => {
    const pure = new NoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr: true });
    expect(() => solverLevels(pure, { steps: 6, sigmas: "karras" })).toThrow(
      'sigmas: "karras" cannot start from pure noise',
    );
  });
});

test("stepsBefore keeps what strength asks for, also where floating point falls short", () => {
  expect(stepsBefore(0.6, 10)).toBe(4);
  expect(stepsBefore(0.58, 50)).toBe(21);
  expect(stepsBefore(1, 20)).toBe(0);
  expect(stepsBefore(0, 20)).toBe(20);
});

test("roundHalfEven", () => {
  expect([0.5, 1.5, 2.5, 2.4, 2.6, 499.5].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, 500]);
});
