import { combine } from "../latents.ts";
import type { Sampler } from "../sampler.ts";
import { noiseRatio } from "../schedule.ts";
import { ancestralStep } from "./ancestral-step.ts";
import { halfway, restep, twoStagePlan } from "./two-stage.ts";

/**
 * SDE-DPM-Solver++ in two stages a step: k-diffusion's sample_dpmpp_sde with r = ½. Both stages follow one Brownian path
 * over σ/α, so the noise of the whole step contains the noise of its first half.
 */
export const dpmppSde = (): Sampler => ({
  name: "dpmpp-sde",
  plan: (schedule, options) => twoStagePlan(schedule, options, (from, to) => halfway(schedule, from, to)),

  advance(path, draw) {
    const { at, from, to, back, index } = path.at(-1)!.stage;
    const { keep, add } = ancestralStep(from, to, 1);
    const step = restep(path, "data", keep);
    if (add === 0) return combine(...step);
    if (back === 0) return combine(...step, [add, draw(index)]);
    const [begin, middle, end] = [noiseRatio(from), noiseRatio(at), noiseRatio(to)];
    const [first, second] = [Math.sqrt((begin - middle) / (begin - end)), Math.sqrt((middle - end) / (begin - end))];
    return combine(...step, [add * first, draw(index - 1)], [add * second, draw(index)]);
  },
});
