import { UserError } from "../errors.ts";
import type { SigmaRule, Spacing } from "./levels.ts";

/** What a schedule's name asks for; the rest stays as the sampler and the model have it. */
export interface NamedSchedule {
  readonly sigmas?: SigmaRule;
  readonly spacing?: Spacing;
  readonly zeroTerminalSnr?: true;
}

/** Words of a schedule, what they ask for, and how AUTOMATIC1111's web UI, ComfyUI and diffusers call the same. */
export const SCHEDULES: readonly (readonly [name: string, NamedSchedule, aliases: readonly string[]])[] = [
  ["normal", { sigmas: "trained" }, ["uniform"]],
  ["karras", { sigmas: "karras" }, []],
  ["exponential", { sigmas: "exponential" }, []],
  ["trailing", { spacing: "trailing" }, ["sgm uniform", "simple"]],
  ["leading", { spacing: "leading" }, ["ddim", "ddim uniform"]],
  ["linspace", { spacing: "linspace" }, []],
  ["zero-terminal-snr", { zeroTerminalSnr: true }, ["zero-snr", "rescale-betas-zero-snr"]],
];

/**
 * A schedule by its name, or by several as in "karras zero-terminal-snr"; capitals, spaces and hyphens do not matter, and
 * "automatic" asks for nothing. Throws a UserError that lists the names.
 */
export function findSchedule(name: string): NamedSchedule {
  let rest = normalise(name);
  let found: NamedSchedule = {};
  while (rest !== "" && rest !== "automatic") {
    const match = spellings.find(([spelling]) => rest.startsWith(spelling));
    if (!match) {
      const names = SCHEDULES.map(([known]) => known).join(", ");
      throw new UserError(`schedule "${name}" is unknown; there are ${names}`);
    }
    found = { ...found, ...match[1] };
    rest = rest.slice(match[0].length);
  }
  return found;
}

/** The name that `findSchedule` knows it by; empty where nothing is asked for. */
export const scheduleName = (schedule: NamedSchedule): string =>
  SCHEDULES.filter(([, asked]) => Object.entries(asked).every(([k, v]) => schedule[k as keyof NamedSchedule] === v))
    .map(([name]) => name)
    .join(" ");

const normalise = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, "");

/** The longest first, as some begin with others. */
const spellings = SCHEDULES.flatMap(([name, asked, aliases]) =>
  [name, ...aliases].map((spelling) => [normalise(spelling), asked] as const),
).sort(([a], [b]) => b.length - a.length);
