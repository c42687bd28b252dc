import { describe, expect, test } from "vitest";
import { ndarray } from "../runtime/ndarray.ts";
import { combine, type Latents } from "./latents.ts";
import type { PlanOptions } from "./levels.ts";
import { predict } from "./parameterization.ts";
import {
  type Denoise,
  type Draw,
  gaussian,
  type Sampler,
  type Step,
  sample,
  seedsFrom,
  stageNoise,
} from "./sampler.ts";
import { findSampler, SAMPLERS } from "./samplers/index.ts";
import { type Level, NoiseSchedule, STABLE_DIFFUSION } from "./schedule.ts";

const schedule = new NoiseSchedule(STABLE_DIFFUSION);
const shape = [4, 8, 8];
const names = SAMPLERS.map(({ name }) => name);
const sampler = (name: string): Sampler => findSampler(name).sampler;

/** Pictures whose every value is normal with this mean and deviation: their best denoiser is known exactly. */
const mean = 0.4;
const spread = 0.6;
const gaussianDenoiser: Denoise = async (x, level) => predict("sample", posteriorMean(x, level), x, level);

function posteriorMean(x: Latents, { alpha, sigma }: Level): Latents {
  const gain = (alpha * spread ** 2) / ((alpha * spread) ** 2 + sigma ** 2);
  return ndarray(
    x.data.map((v) => mean + gain * (v - alpha * mean)),
    x.shape,
  );
}

async function collect(run: AsyncIterable<Step>): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const step of run) steps.push(step);
  return steps;
}

interface Run extends Partial<PlanOptions> {
  readonly seeds?: readonly number[];
  readonly denoise?: Denoise;
  readonly draw?: Draw;
}

async function run(
  name: string,
  { seeds = [3], denoise = gaussianDenoiser, draw, ...options }: Run = {},
): Promise<Step[]> {
  const { stages, noiseScale } = sampler(name).plan(schedule, { steps: 12, ...options });
  const x = combine([noiseScale, gaussian(seeds, 0, shape)]);
  return collect(sample(sampler(name), stages, denoise, { x, path: [] }, draw ?? stageNoise(seeds, shape)));
}

describe.each(names)("%s", (name) => {
  test("lands on the picture when the network always knows it", async () => {
    const picture = gaussian([99], 0, shape);
    const denoise: Denoise = async (x, level) => predict("sample", picture, x, level);
    for (const steps of [1, 2, 3, 4, 15]) {
      const last = (await run(name, { steps, denoise })).at(-1)!.x;
      // LCM's boundary condition leaves a trace of x; DEIS ends at the first trained level.
      const allowed = name === "deis" ? 0.15 : 2e-3;
      for (const [i, value] of last.data.entries()) expect(Math.abs(value - picture.data[i]!)).toBeLessThan(allowed);
    }
  });

  test("gives a picture the same alone and in a batch", async () => {
    const batch = await run(name, { seeds: seedsFrom(7, 3), steps: 6 });
    const alone = await run(name, { seeds: [9], steps: 6 });
    expect(batch.at(-1)!.x.data.slice(2 * 256)).toEqual(alone.at(-1)!.x.data);
  });

  test("goes on from any of its steps as if it had not stopped", async () => {
    const { stages } = sampler(name).plan(schedule, { steps: 8 });
    const draw = stageNoise([3], shape);
    const whole = await run(name, { steps: 8 });
    for (const step of whole.slice(0, -1)) {
      const rest = stages.slice(stages.findIndex(({ index }) => index === step.index) + 1);
      const resumed = await collect(sample(sampler(name), rest, gaussianDenoiser, step, draw));
      expect(resumed.at(-1)!.x).toEqual(whole.at(-1)!.x);
    }
  });

  test("starts later from the level that the plan then begins with", async () => {
    const { stages } = sampler(name).plan(schedule, { steps: 10, start: 4 });
    const whole = sampler(name).plan(schedule, { steps: 10 }).stages;
    expect(stages[0]!.at).toEqual(whole.find(({ index }) => index === stages[0]!.index)!.at);
    expect(stages[0]!.back).toBe(0);
    expect(stages.at(-1)!.to).toEqual(whole.at(-1)!.to);
    const steps = await run(name, { steps: 10, start: 4 });
    expect(steps.at(-1)!.x.data.every(Number.isFinite)).toBe(true);
    expect(sampler(name).plan(schedule, { steps: 10, start: 10 }).stages.length).toBeLessThanOrEqual(1);
  });
});

/** The largest distance from where the probability-flow ODE takes the first noise, which is known exactly. */
async function errorOf(name: string, steps: number): Promise<number> {
  const options: PlanOptions = { steps, sigmas: "karras", offset: 1 };
  const first = sampler(name).plan(schedule, options).stages[0]!.at;
  const path = await run(name, options);
  const begun = path[0]!.path[0]!.x.data;
  const scale = spread / Math.hypot(first.alpha * spread, first.sigma);
  const exact = begun.map((v) => mean + scale * (v - first.alpha * mean));
  return Math.max(...path.at(-1)!.x.data.map((v, i) => Math.abs(v - exact[i]!)));
}

describe("on pictures drawn from a Gaussian", () => {
  test.each(["euler", "ddim"])("%s follows the probability-flow ODE to first order", async (name) => {
    const coarse = await errorOf(name, 20);
    expect(coarse).toBeLessThan(0.25);
    expect(coarse / (await errorOf(name, 40))).toBeGreaterThan(1.7);
  });

  test.each(["dpmpp-2m", "dpmpp-2s", "heun", "dpm2", "unipc", "deis", "lms"])(
    "%s follows the probability-flow ODE to second order or higher",
    async (name) => {
      const coarse = await errorOf(name, 20);
      expect(coarse).toBeLessThan(0.08);
      expect(coarse / (await errorOf(name, 40))).toBeGreaterThan(3);
    },
  );

  test("pndm is as near as where its levels end allows", async () => {
    expect(await errorOf("pndm", 20)).toBeLessThan(0.01);
  });

  test.each([
    ["ddpm", 0.12],
    ["euler-a", 0.1],
    ["dpm2-a", 0.03],
    ["dpmpp-2s-a", 0.03],
    ["dpmpp-sde", 0.03],
    ["dpmpp-2m-sde", 0.04],
  ] as const)("%s draws from that Gaussian", async (name, tolerance) => {
    const values = (await run(name, { steps: 40, sigmas: "karras", seeds: seedsFrom(0, 40) })).at(-1)!.x.data;
    const average = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length;
    expect(Math.abs(average - mean)).toBeLessThan(0.03);
    expect(Math.abs(Math.sqrt(variance) / spread - 1)).toBeLessThan(tolerance);
  });
});

describe("zero terminal SNR", () => {
  const pure = new NoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr: true });
  const able = ["dpmpp-2m", "dpmpp-2m-sde", "euler", "euler-a", "ddim", "ddpm", "lcm"];

  test.each(able)("%s starts from pure noise", async (name) => {
    const { stages } = sampler(name).plan(pure, { steps: 8, spacing: "trailing" });
    expect(stages[0]!.at.alpha).toBe(0);
    const start = { x: gaussian([1], 0, shape), path: [] };
    const steps = await collect(sample(sampler(name), stages, gaussianDenoiser, start, stageNoise([1], shape)));
    expect(steps.at(-1)!.x.data.every(Number.isFinite)).toBe(true);
  });

  test.each(names.filter((name) => !able.includes(name)))("%s refuses to", (name) => {
    expect(() => sampler(name).plan(pure, { steps: 8, spacing: "trailing" })).toThrow("cannot start from pure noise");
  });
});

test("the same levels give DDIM with η 1, DDPM and Euler ancestral the same picture", async () => {
  const { stages } = sampler("ddim").plan(schedule, { steps: 10, offset: 1 });
  const finish = async (chosen: Sampler): Promise<Latents> => {
    const start = { x: gaussian([4], 0, shape), path: [] };
    return (await collect(sample(chosen, stages, gaussianDenoiser, start, stageNoise([4], shape)))).at(-1)!.x;
  };
  const expected = await finish(findSampler("ddim", { eta: 1 }).sampler);
  for (const name of ["ddpm", "euler-a"]) {
    const actual = await finish(sampler(name));
    for (const [i, value] of actual.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, 5);
  }
});
