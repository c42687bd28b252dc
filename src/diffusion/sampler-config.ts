import type { Fields } from "../fields.ts";
import type { PredictionType } from "./parameterization.ts";
import type { Sampler } from "./sampler.ts";
import { ddpm } from "./samplers/ddpm.ts";
import { deis } from "./samplers/deis.ts";
import { dpmMultistep } from "./samplers/dpm-multistep.ts";
import { dpmSinglestep } from "./samplers/dpm-singlestep.ts";
import { lcm } from "./samplers/lcm.ts";
import { pndm } from "./samplers/pndm.ts";
import { uniPc } from "./samplers/unipc.ts";

const variances = { fixed_small: "small", fixed_large: "large" } as const;
const multistepEquations = {
  "dpmsolver++": "data",
  dpmsolver: "noise",
  "sde-dpmsolver++": "sde",
  deis: "data",
} as const;
const singlestepEquations = { "dpmsolver++": "data", dpmsolver: "noise", deis: "data" } as const;
// Each class takes the others' solver types for its own usual one, since their configs are read by its class too.
const solvers = { midpoint: "midpoint", heun: "heun", logrho: "midpoint", bh1: "midpoint", bh2: "midpoint" } as const;
const variants = { bh1: "bh1", bh2: "bh2", midpoint: "bh2", heun: "bh2", logrho: "bh2" } as const;

/** The sampler, with what a config of its own class says about it. */
export function configureSampler(
  sampler: Sampler,
  fields: Fields,
  isOwn: boolean,
  prediction: PredictionType,
): Sampler {
  if (sampler.name === "pndm") {
    return pndm({ prediction, rungeKutta: isOwn && !fields.flag("skip_prk_steps", false) });
  }
  if (!isOwn) return sampler;
  switch (sampler.name) {
    case "ddpm":
      return ddpm({ variance: fields.choice("variance_type", variances, "fixed_small") });
    case "dpmpp-2m": {
      const equation = fields.choice("algorithm_type", multistepEquations, "dpmsolver++");
      const solver = fields.choice("solver_type", solvers, "midpoint");
      if (equation === "sde" && order(fields) === 3)
        fields.fail("solver_order", 'must be 1 or 2 with "sde-dpmsolver++"');
      return dpmMultistep({ order: order(fields), equation, solver });
    }
    case "dpmpp-2s": {
      const equation = fields.choice("algorithm_type", singlestepEquations, "dpmsolver++");
      return dpmSinglestep({
        order: order(fields),
        equation,
        solver: fields.choice("solver_type", solvers, "midpoint"),
      });
    }
    case "unipc":
      return uniPc({
        order: order(fields),
        equation: fields.flag("predict_x0", true) ? "data" : "noise",
        variant: fields.choice("solver_type", variants, "bh2"),
      });
    case "deis":
      return deis({ order: order(fields) });
    case "lcm":
      return lcm({
        originalSteps: fields.count("original_inference_steps", 50),
        timestepScaling: fields.number("timestep_scaling", 10),
      });
    default:
      return sampler;
  }
}

function order(fields: Fields): 1 | 2 | 3 {
  const value = fields.count("solver_order", 2);
  return value === 1 || value === 2 || value === 3 ? value : fields.fail("solver_order", "must be 1, 2 or 3");
}
