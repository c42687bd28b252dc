import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { ancestralPlan, ancestralRestep } from "./two-stage-ancestral.ts";

/** DPM2 to below the next level, then fresh noise up to it: k-diffusion's sample_dpm_2_ancestral. */
export const dpm2Ancestral = (): Sampler => ({
  name: "dpm2-a",
  plan: ancestralPlan,
  advance: (path, draw) => combine(...ancestralRestep(path, "noise", draw)),
});
