import { describe, expect, test } from "vitest";
import { readScheduler } from "./scheduler-config.ts";

/** As the published Stable Diffusion 1.x directories have it. */
const sd1 = {
  _class_name: "PNDMScheduler",
  _diffusers_version: "0.6.0",
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  skip_prk_steps: true,
  steps_offset: 1,
  trained_betas: null,
};
const read = (config: object, name?: string) => readScheduler(config, "scheduler_config.json", name);

describe("readScheduler", () => {
  test("reads Stable Diffusion's", () => {
    const { schedule, prediction, sampler, plan, limit } = read(sd1);
    expect(schedule.alphaBar[999]).toBeCloseTo(0.0046601, 7);
    expect(prediction).toBe("epsilon");
    expect(limit).toBeUndefined();
    const { stages } = sampler.plan(schedule, { ...plan, steps: 5 });
    expect(stages.map(({ at }) => at.timestep)).toEqual([801, 601, 601, 401, 201, 1]);
    expect(stages.at(-1)!.to).toEqual(schedule.at(0));
  });

  test("keeps the noise schedule for another sampler", () => {
    const { sampler, schedule, plan } = read({ ...sd1, prediction_type: "v_prediction" }, "DPM++ 2M Karras");
    expect(sampler.name).toBe("dpmpp-2m");
    const { stages } = sampler.plan(schedule, { ...plan, steps: 5 });
    expect(stages[0]!.at.sigma / stages[0]!.at.alpha).toBeCloseTo(14.6146, 4);
    expect(stages.at(-1)!.to.sigma).toBe(0);
  });

  test("clips where the class does so by default", () => {
    const { clip_sample: _, ...silent } = sd1;
    expect(read({ ...silent, _class_name: "DDIMScheduler" }).limit).toEqual({
      kind: "clip",
      range: 1,
      keepNoise: true,
    });
    expect(read(silent, "ddim").limit).toBeUndefined();
  });

  test.each([
    [{ ...sd1, beta_shape: 1 }, 'unknown field "beta_shape"'],
    [{ ...sd1, beta_start: undefined }, '"beta_start" must be a number, but is missing'],
    [
      { ...sd1, beta_schedule: "sigmoid" },
      '"beta_schedule" must be "linear" or "scaled_linear" or "squaredcos_cap_v2"',
    ],
    [
      { ...sd1, rescale_betas_zero_snr: true },
      '"rescale_betas_zero_snr" must be false where prediction_type is "epsilon"',
    ],
    [{ ...sd1, use_karras_sigmas: true, use_exponential_sigmas: true }, '"use_exponential_sigmas" must be false'],
    [{ ...sd1, trained_betas: [0.1, 0.2] }, '"trained_betas" must be null'],
    [{ ...sd1, timestep_spacing: "middling" }, '"timestep_spacing" must be "leading" or'],
    [{ ...sd1, _class_name: "EDMEulerScheduler" }, 'sampler "EDMEulerScheduler" is unknown; there are dpmpp-2m, '],
    [{ ...sd1, _class_name: "DPMSolverMultistepScheduler", solver_order: 4 }, '"solver_order" must be 1, 2 or 3'],
    [{ ...sd1, _class_name: undefined }, '"_class_name" must be the name of a scheduler'],
  ])("refuses %#", (config, message) => {
    expect(() => read(config)).toThrow(message);
  });
});
