import { UserError } from "../../errors.ts";
import type { SigmaRule } from "../levels.ts";
import type { Sampler } from "../sampler.ts";
import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { deis } from "./deis.ts";
import { dpmMultistep } from "./dpm-multistep.ts";
import { dpmSinglestep } from "./dpm-singlestep.ts";
import { dpm2 } from "./dpm2.ts";
import { dpm2Ancestral } from "./dpm2-ancestral.ts";
import { dpmpp2sAncestral } from "./dpmpp-2s-ancestral.ts";
import { dpmppSde } from "./dpmpp-sde.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { heun } from "./heun.ts";
import { lcm } from "./lcm.ts";
import { lms } from "./lms.ts";
import { pndm } from "./pndm.ts";
import { uniPc } from "./unipc.ts";

interface Entry {
  /** As the command line calls it. */
  readonly name: string;
  /** As AUTOMATIC1111's web UI calls it. */
  readonly label: string;
  /** Class of diffusers, and what else it goes by. */
  readonly aliases: readonly string[];
  readonly make: (options: { readonly eta?: number }) => Sampler;
}

/** Every sampler, in the order that lists show them. */
export const SAMPLERS: readonly Entry[] = [
  entry("dpmpp-2m", "DPM++ 2M", ["DPMSolverMultistepScheduler", "DPMSolver++"], () => dpmMultistep()),
  entry("dpmpp-2m-sde", "DPM++ 2M SDE", [], () => dpmMultistep({ equation: "sde" })),
  entry("dpmpp-sde", "DPM++ SDE", ["DPMSolverSDEScheduler"], dpmppSde),
  entry("dpmpp-2s", "DPM++ 2S", ["DPMSolverSinglestepScheduler"], () => dpmSinglestep()),
  entry("dpmpp-2s-a", "DPM++ 2S a", [], dpmpp2sAncestral),
  entry("euler", "Euler", ["EulerDiscreteScheduler"], euler),
  entry("euler-a", "Euler a", ["EulerAncestralDiscreteScheduler"], eulerAncestral),
  entry("heun", "Heun", ["HeunDiscreteScheduler"], heun),
  entry("dpm2", "DPM2", ["KDPM2DiscreteScheduler"], dpm2),
  entry("dpm2-a", "DPM2 a", ["KDPM2AncestralDiscreteScheduler"], dpm2Ancestral),
  entry("lms", "LMS", ["LMSDiscreteScheduler"], lms),
  entry("ddim", "DDIM", ["DDIMScheduler"], ddim),
  entry("ddpm", "DDPM", ["DDPMScheduler"], () => ddpm()),
  entry("pndm", "PLMS", ["PNDMScheduler"], () => pndm()),
  entry("unipc", "UniPC", ["UniPCMultistepScheduler", "uni_pc_bh2"], () => uniPc()),
  entry("deis", "DEIS", ["DEISMultistepScheduler"], () => deis()),
  entry("lcm", "LCM", ["LCMScheduler"], () => lcm()),
];

function entry(name: string, label: string, aliases: readonly string[], make: Entry["make"]): Entry {
  return { name, label, aliases, make };
}

export interface NamedSampler {
  readonly sampler: Sampler;
  /** Told by the name, as in "DPM++ 2M Karras". */
  readonly sigmas?: SigmaRule;
}

/**
 * The sampler of a name in AUTOMATIC1111's, k-diffusion's, diffusers' or our own spelling, as in "DPM++ 2S a Karras",
 * "k_euler_ancestral" or "DDIMScheduler"; capitals, spaces and hyphens do not matter. `eta` is DDIM's. Throws a UserError that lists the names.
 */
export function findSampler(name: string, options: { readonly eta?: number } = {}): NamedSampler {
  const plain = normalise(name);
  const rule = (["karras", "exponential"] as const).find((suffix) => plain.endsWith(suffix));
  const wanted = rule ? plain.slice(0, -rule.length) : plain;
  const entry = SAMPLERS.find(({ name, label, aliases }) =>
    [name, label, ...aliases].some((spelling) => normalise(spelling) === wanted),
  );
  if (!entry) {
    const names = SAMPLERS.map((known) => known.name).join(", ");
    throw new UserError(`sampler "${name}" is unknown; there are ${names} (and "… karras", "… exponential")`);
  }
  return { sampler: entry.make(options), ...(rule && { sigmas: rule }) };
}

const normalise = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^(k|sample)[_ -]/, "")
    .replaceAll("ancestral", "a")
    .replaceAll("++", "pp")
    .replace(/[^a-z0-9]/g, "");
