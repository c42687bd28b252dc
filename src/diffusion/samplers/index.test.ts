import { describe, expect, test } from "vitest";
import { findSampler, SAMPLERS } from "./index.ts";

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
