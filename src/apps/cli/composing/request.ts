import { randomInt } from "node:crypto";
import { readWavInfo } from "../../../audio/wav.ts";
import { UsageError, UserError } from "../../../errors.ts";
import { readSound } from "../../../host/node/sound.ts";
import { parseSettings } from "../../../image/settings.ts";
import type { ComposeRequest, InitialSound, Span } from "../../../pipelines/compose/request.ts";
import type { Host } from "../../../runtime/host.ts";
import { readBytes, readPicture } from "../files.ts";
import { decimal, type Values, wholeNumber } from "../options.ts";
import { restored } from "../restored.ts";
import type { options } from "./options.ts";

export type ComposeValues = Values<typeof options>;

/** The name of the text in which a WAV file keeps its settings: a comment. */
const commentId = "ICMT";

/** What was asked for on the command line or by the settings of a file, the former first. */
export async function readComposing(
  host: Host,
  given: ComposeValues,
  positionals: readonly string[],
): Promise<{ readonly values: ComposeValues; readonly request: ComposeRequest }> {
  const [named, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`put the prompt in quotation marks: compose "${positionals.join(" ")}"`);
  const known = given.from === undefined ? undefined : await settingsOf(host, given.from);
  const isGiven = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => isGiven(value)));
  const values: ComposeValues = { ...given, ...known?.values, ...own };
  const prompt = named ?? known?.prompt;
  if (prompt === undefined)
    throw new UsageError('say what to compose: latentkit compose "funk bassline with a jazzy saxophone"');
  if (known?.strength !== undefined && values.init === undefined)
    throw new UserError(`${given.from} was composed from another sound: name that with --init`);
  return { values, request: await requestOf(host, values, prompt) };
}

async function settingsOf(host: Host, file: string) {
  const text = readWavInfo(await readBytes(host, file)).get(commentId);
  if (text === undefined) throw new UserError(`${file} holds no settings: it is no WAV that latentkit composed`);
  const settings = parseSettings(text);
  const { more = new Map<string, string>(), strength } = settings;
  const to: string[] = [];
  for (let next = more.get("To 1"); next !== undefined; next = more.get(`To ${to.length + 1}`)) to.push(next);
  const { negative, steps, guidance, seed, sampler, schedule, lora, embedding, cache, ...drawn } = restored(settings);
  const values = {
    ...Object.fromEntries(
      Object.entries({
        negative,
        steps,
        guidance,
        seed,
        sampler,
        schedule,
        lora,
        embedding,
        cache,
        strength: strength?.toString(),
        "guidance-rescale": drawn["guidance-rescale"],
        "lora-folder": drawn["lora-folder"],
        "clip-skip": drawn["clip-skip"],
        seconds: more.get("Seconds"),
        bpm: more.get("BPM"),
        beat: more.get("Beat"),
        iterations: more.get("Phase iterations"),
        to: to.length > 0 ? to : undefined,
        mask: more.get("Anew")?.split(","),
        stereo: more.get("Stereo") === "True" || undefined,
      }).filter(([, value]) => value !== undefined),
    ),
  } as Partial<ComposeValues>;
  return { prompt: settings.prompt, strength, values };
}

async function requestOf(host: Host, values: ComposeValues, prompt: string): Promise<ComposeRequest> {
  const fields = {
    negative: values.negative,
    seconds: decimal("seconds", values.seconds, { least: 0.01, most: 3600 }),
    bpm: decimal("bpm", values.bpm, { least: 20, most: 400 }),
    beat: decimal("beat", values.beat, { least: 0, most: 2 }),
    steps: wholeNumber("steps", values.steps, { least: 1, most: 1000 }),
    guidance: decimal("guidance", values.guidance, { least: 0, most: 1000 }),
    rescale: decimal("guidance-rescale", values["guidance-rescale"], { least: 0, most: 1 }),
    sampler: values.sampler,
    schedule: values.schedule,
    clipSkip: wholeNumber("clip-skip", values["clip-skip"], { least: 1 }),
    cache: wholeNumber("cache", values.cache, { least: 1, most: 1000 }),
    iterations: wholeNumber("iterations", values.iterations, { least: 1, most: 10_000 }),
    init: await initOf(host, values),
    stereo: values.stereo || undefined,
  };
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const seed = wholeNumber("seed", values.seed, { least: 0, most: 2 ** 52 }) ?? randomInt(2 ** 32);
  return { ...known, prompts: [prompt, ...values.to], seed };
}

async function initOf(host: Host, { init, strength, mask }: ComposeValues): Promise<InitialSound | undefined> {
  if (init === undefined) {
    for (const [name, value] of Object.entries({ strength, mask: mask[0] }))
      if (value !== undefined) throw new UsageError(`--${name} goes with --init, which is missing`);
    return undefined;
  }
  const anew = mask.flatMap((text) => spansOf(text) ?? []);
  const pictures = mask.filter((text) => !spansOf(text));
  if (pictures.length > 1) throw new UsageError(`--mask names ${pictures.length} pictures: one is taken`);
  const share = decimal("strength", strength, { least: 0, most: 1 });
  return {
    sound: await readSound(init),
    ...(share !== undefined && { strength: share }),
    ...(anew.length > 0 && { anew }),
    ...(pictures[0] !== undefined && { mask: await readPicture(host, pictures[0]) }),
  };
}

/** `2-4,6.5-7` → spans; undefined for what is no such text. */
function spansOf(text: string): Span[] | undefined {
  if (!/^[\d.,\s-]+$/.test(text)) return undefined;
  return text.split(",").map((part) => {
    const [, from, to] = /^\s*(\d+\.?\d*|\.\d+)\s*-\s*(\d+\.?\d*|\.\d+)\s*$/.exec(part) ?? [];
    if (from === undefined || to === undefined || Number(to) <= Number(from))
      throw new UsageError(`--mask ${text}: "${part.trim()}" is not from one second to a later one, as in 2-4`);
    return { from: Number(from), to: Number(to) };
  });
}
