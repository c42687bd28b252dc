import { describe, expect, test } from "vitest";
import { combine } from "../latents.ts";
import { predict } from "../parameterization.ts";
import { type Denoise, gaussian, sample } from "../sampler.ts";
import { NoiseSchedule, STABLE_DIFFUSION } from "../schedule.ts";
import { findSampler, SAMPLERS } from "./index.ts";

/** A network for which all is noise but a little. */
const denoise: Denoise = async (x, level) => predict("v_prediction", combine([0.1, x]), x, level);

describe("every sampler gets from noise to a picture", () => {
  const schedule = new NoiseSchedule({ ...STABLE_DIFFUSION, trainSteps: 100 });
  const shape = [1, 1, 2, 2];
  const cases = SAMPLERS.flatMap(({ name }) =>
    (["leading", "trailing", "linspace"] as const).map((s) => [name, s] as const),
  );
  test.each(cases)("%s, %s", async (name, spacing) => {
    const { sampler } = findSampler(name);
    for (const steps of [1, 2, 3, 100]) {
      if (name === "lcm" && steps > 50) continue;
      const { stages, noiseScale } = sampler.plan(schedule, { steps, spacing, offset: 1 });
      const start = { x: combine([noiseScale, gaussian([1], 0, shape.slice(1))]), path: [] };
      let last = start.x;
      for await (const { x } of sample(sampler, stages, denoise, start, (i) => gaussian([1], i + 1, shape.slice(1))))
        last = x;
      expect(last.data.every((value) => Number.isFinite(value) && Math.abs(value) < 100)).toBe(true);
    }
  });

  test("but not in more steps than there are levels", () => {
    for (const { name } of SAMPLERS)
      expect(() => findSampler(name).sampler.plan(schedule, { steps: 101 })).toThrow(/^steps: 101 is not/);
  });
});

describe("findSampler", () => {
  test.each([
    ["dpmpp-2m", "dpmpp-2m", undefined],
    ["DPM++ 2M", "dpmpp-2m", undefined],
    ["DPM++ 2M Karras", "dpmpp-2m", "karras"],
    ["dpmpp_2m_karras", "dpmpp-2m", "karras"],
    ["DPM++ 2M SDE Exponential", "dpmpp-2m-sde", "exponential"],
    ["DPMSolverMultistepScheduler", "dpmpp-2m", undefined],
    ["DPM++ 2S a Karras", "dpmpp-2s-a", "karras"],
    ["Euler a", "euler-a", undefined],
    ["euler_ancestral", "euler-a", undefined],
    ["k_euler_a", "euler-a", undefined],
    ["k_euler_ancestral", "euler-a", undefined],
    ["k_dpm_2_a", "dpm2-a", undefined],
    ["sample_dpmpp_2s_ancestral", "dpmpp-2s-a", undefined],
    ["KDPM2AncestralDiscreteScheduler", "dpm2-a", undefined],
    ["DPM++ SDE Karras", "dpmpp-sde", "karras"],
    ["k_lms", "lms", undefined],
    ["uni_pc", "unipc", undefined],
    ["DPM2 a", "dpm2-a", undefined],
    ["PLMS", "pndm", undefined],
    ["PNDMScheduler", "pndm", undefined],
    ["UniPC", "unipc", undefined],
    ["lcm", "lcm", undefined],
  ])("knows %s", (name, expected, sigmas) => {
    const found = findSampler(name);
    expect(found.sampler.name).toBe(expected);
    expect(found.sigmas).toBe(sigmas);
  });

  test("makes what each entry says", () => {
    for (const { name, label } of SAMPLERS) {
      expect(findSampler(name).sampler.name).toBe(name);
      expect(findSampler(label).sampler.name).toBe(name);
    }
  });

  test("lists the names for one that it does not know", () => {
    expect(() => findSampler("eulr")).toThrow(
      /^sampler "eulr" is unknown; there are dpmpp-2m, dpmpp-2m-sde, .*, lcm \(and "… karras", "… exponential"\)$/,
    );
    expect(() => findSampler("")).toThrow('sampler "" is unknown');
    expect(() => findSampler("karras")).toThrow('sampler "karras" is unknown');
  });
});
