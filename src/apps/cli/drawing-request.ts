import { randomInt } from "node:crypto";
import { UsageError, UserError } from "../../errors.ts";
import { readParameters } from "../../image/parameters.ts";
import { parseSettings, type Settings } from "../../image/settings.ts";
import type { DrawRequest, Hires, InitialPicture, Variation } from "../../pipelines/draw/request.ts";
import type { Host } from "../../runtime/host.ts";
import type { drawingOptions } from "./drawing-options.ts";
import { readBytes, readPicture } from "./files.ts";
import { choice, decimal, type Values, wholeNumber } from "./options.ts";
import { restored } from "./restored.ts";

/** Options about what is drawn, those of `--from` filled in. */
export type DrawingValues = Values<typeof drawingOptions>;

interface Source extends DrawingValues {
  readonly from: string | undefined;
  readonly model: string | undefined;
}

/** What was asked for on the command line or by the settings of a picture, the former first. */
export async function readDrawing(
  host: Host,
  values: Source,
  positionals: readonly string[],
): Promise<{ readonly values: DrawingValues; readonly request: DrawRequest }> {
  const [given, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`put the prompt in quotation marks: generate "${positionals.join(" ")}"`);
  const settings = values.from === undefined ? undefined : await settingsOf(host, values.from);
  if (settings) checkRestorable(settings, values);
  const prompt = given ?? settings?.prompt;
  if (prompt === undefined) throw new UsageError('say what to draw: latentkit generate "a picture of a bear"');
  const own = Object.entries(values).filter(([, value]) => isGiven(value));
  const all: DrawingValues = { ...values, ...(settings && restored(settings)), ...Object.fromEntries(own) };
  return { values: all, request: await readRequest(host, all, prompt) };
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

async function readRequest(host: Host, values: DrawingValues, prompt: string): Promise<DrawRequest> {
  const count = countOf(values);
  const lastSeed = Number.MAX_SAFE_INTEGER - count;
  return known({
    prompts: new Array<string>(count).fill(prompt),
    negative: values.negative,
    steps: wholeNumber("steps", values.steps, { least: 1, most: 1000 }),
    guidance: decimal("guidance", values.guidance, { least: 0, most: 1000 }),
    rescale: decimal("guidance-rescale", values["guidance-rescale"], { least: 0, most: 1 }),
    seed: wholeNumber("seed", values.seed, { least: 0, most: lastSeed }) ?? randomInt(2 ** 32),
    variation: readVariation(values, lastSeed),
    width: wholeNumber("width", values.width, { least: 8, most: 16_384 }),
    height: wholeNumber("height", values.height, { least: 8, most: 16_384 }),
    sampler: values.sampler,
    schedule: values.schedule,
    clipSkip: wholeNumber("clip-skip", values["clip-skip"], { least: 1 }),
    batch: wholeNumber("batch", values.batch, { least: 1, most: 1024 }),
    hires: readHires(values),
    init: await readInit(host, values),
    cache: wholeNumber("cache", values.cache, { least: 1, most: 1000 }),
  });
}

export const countOf = ({ count }: DrawingValues): number =>
  wholeNumber("count", count, { least: 1, most: 10_000 }) ?? 1;

/** Without what is undefined. */
const known = <T extends object>(
  fields: T,
): { [K in keyof T as undefined extends T[K] ? K : never]?: NonNullable<T[K]> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

async function settingsOf(host: Host, file: string): Promise<Settings> {
  const text = readParameters(await readBytes(host, file), file);
  if (text === undefined) throw new UserError(`${file} holds no settings: it was not drawn by latentkit or its kin`);
  return parseSettings(text);
}

function checkRestorable({ model, strength, more }: Settings, values: Source): void {
  const { from, init, mask } = values;
  if (model !== undefined && model !== "pocket" && values.model === undefined)
    throw new UserError(`${from} was drawn with the model ${model}: name that with --model`);
  if (strength !== undefined && !more?.has("Hires upscale") && init === undefined)
    throw new UserError(`${from} was drawn from another picture: name that with --init`);
  if (more?.has("Mask blur") && mask === undefined)
    throw new UserError(`${from} was drawn with a mask: name that with --mask`);
}

/** Options that say nothing without another one. */
function checkNeeds(values: DrawingValues, needed: keyof DrawingValues, names: readonly (keyof DrawingValues)[]): void {
  for (const name of names)
    if (values[needed] === undefined && values[name] !== undefined && values[name] !== false)
      throw new UsageError(`--${name} goes with --${needed}, which is missing`);
}

function readVariation(values: DrawingValues, most: number): Variation | undefined {
  checkNeeds(values, "subseed-strength", ["subseed"]);
  const strength = decimal("subseed-strength", values["subseed-strength"], { least: 0, most: 1 });
  if (strength === undefined) return undefined;
  return { seed: wholeNumber("subseed", values.subseed, { least: 0, most }) ?? randomInt(2 ** 32), strength };
}

function readHires(values: DrawingValues): Hires | undefined {
  checkNeeds(values, "hires", ["hires-steps", "hires-strength", "hires-upscaler"]);
  const scale = decimal("hires", values.hires, { least: 1, most: 8 });
  if (scale === undefined) return undefined;
  return known({
    scale,
    steps: wholeNumber("hires-steps", values["hires-steps"], { least: 1, most: 1000 }),
    strength: decimal("hires-strength", values["hires-strength"], { least: 0, most: 1 }),
    upscaler: choice("hires-upscaler", values["hires-upscaler"], ["latent", "lanczos"]),
  });
}

async function readInit(host: Host, values: DrawingValues): Promise<InitialPicture | undefined> {
  checkNeeds(values, "init", ["strength", "mask"]);
  checkNeeds(values, "mask", ["mask-blur", "mask-padding", "mask-invert"]);
  const { init, mask } = values;
  if (init === undefined) return undefined;
  return known({
    picture: await readPicture(host, init),
    strength: decimal("strength", values.strength, { least: 0, most: 1 }),
    mask: mask === undefined ? undefined : await readPicture(host, mask),
    maskBlur: decimal("mask-blur", values["mask-blur"], { least: 0, most: 1000 }),
    maskPadding: wholeNumber("mask-padding", values["mask-padding"], { least: 0, most: 16_384 }),
    maskInverted: values["mask-invert"] || undefined,
  });
}
