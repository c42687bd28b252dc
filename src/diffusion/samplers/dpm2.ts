import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { halfway, restep, twoStagePlan } from "./two-stage.ts";

/** The midpoint method in ln(σ/α): Karras et al. 2022 after DPM-Solver-2 (Lu et al. 2022a); k-diffusion's sample_dpm_2. */
export const dpm2 = (): Sampler => ({
  name: "dpm2",
  plan: (schedule, options) => twoStagePlan(schedule, options, (from, to) => halfway(schedule, from, to)),
  advance: (path) => combine(...restep(path, "noise")),
});
