import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { ancestralPlan, ancestralRestep } from "./two-stage-ancestral.ts";

/** DPM-Solver++(2S) to below the next level, then fresh noise up to it: k-diffusion's sample_dpmpp_2s_ancestral. */
export const dpmpp2sAncestral = (): Sampler => ({
  name: "dpmpp-2s-a",
  plan: ancestralPlan,
  advance: (path, draw) => combine(...ancestralRestep(path, "data", draw)),
});
