import { UserError } from "../../errors.ts";
import type { SigmaRule } from "../levels.ts";
import type { Sampler } from "../sampler.ts";
import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { dpmMultistep } from "./dpm-multistep.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";

export { ddim, ddpm, dpmMultistep, euler, eulerAncestral };

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
  { name: "dpmpp-2m", label: "DPM++ 2M", aliases: ["DPMSolverMultistepScheduler"], make: () => dpmMultistep() },
  { name: "euler", label: "Euler", aliases: ["EulerDiscreteScheduler"], make: euler },
  {
    name: "euler-a",
    label: "Euler a",
    aliases: ["EulerAncestralDiscreteScheduler", "Euler ancestral"],
    make: eulerAncestral,
  },
  { name: "ddim", label: "DDIM", aliases: ["DDIMScheduler"], make: ddim },
  { name: "ddpm", label: "DDPM", aliases: ["DDPMScheduler"], make: () => ddpm() },
];

export interface NamedSampler {
  readonly sampler: Sampler;
  /** Told by the name, as in "DPM++ 2M Karras". */
  readonly sigmas?: SigmaRule;
}

/**
 * The sampler of a name in AUTOMATIC1111's, diffusers' or our own spelling; capitals, spaces and hyphens do not matter.
 * `eta` is DDIM's. Throws a UserError that lists the names.
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
    .replaceAll("++", "pp")
    .replace(/[^a-z0-9]/g, "");
