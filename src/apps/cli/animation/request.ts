import { randomInt } from "node:crypto";
import { UsageError } from "../../../errors.ts";
import { type Border, borders } from "../../../image/warp.ts";
import type { CameraRequest } from "../../../pipelines/animate/camera.ts";
import { type Easing, easings, type Playback } from "../../../pipelines/animate/places.ts";
import type { AnimateRequest, End } from "../../../pipelines/animate/request.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Given } from "../command.ts";
import { readPicture } from "../files.ts";
import { choice, decimal, wholeNumber } from "../options.ts";
import type { options } from "./options.ts";

export type AnimateValues = Given<typeof options>["values"];

/** What a positional names. */
export interface Named {
  readonly prompt?: string;
  readonly file?: string;
}

/** A prompt, or `FILE`, or `FILE: PROMPT`, by the ending. */
export function namedEnd(text: string): Named {
  const [, file, prompt] = /^(.+?\.(?:png|jpe?g|webp|avif|gif|tiff?))(?::\s*(.*))?$/is.exec(text) ?? [];
  if (file === undefined) return { prompt: text };
  return { file, ...(prompt !== undefined && { prompt }) };
}

const most = { frames: 1_000_000, seed: Number.MAX_SAFE_INTEGER - 1 } as const;

/** What was asked for; pictures are read. Seeds that were not given are drawn. */
export async function readRequest(
  host: Host,
  values: AnimateValues,
  named: readonly Named[],
): Promise<AnimateRequest & { readonly ends: readonly End[] }> {
  if (named.length < (values.camera === undefined ? 2 : 1))
    throw new UsageError(
      'name two prompts or pictures: latentkit animate "a picture of a bear" "a picture of an apple"',
    );
  if (values.fast && values.camera === undefined && named.some(({ file }) => file !== undefined))
    throw new UsageError(
      "--fast draws from noise, and that of a picture is found in many steps: leave out one of them",
    );
  const perEnd = <T>(name: "negative" | "guidance" | "seed", read: (text: string) => T): T[] =>
    each(name, values[name].map(read), named.length, "ends");
  const negatives = perEnd("negative", (text) => text);
  const guidances = perEnd("guidance", (text) => decimal("guidance", text, { least: 0, most: 1000 })!);
  const seeds = perEnd("seed", (text) => wholeNumber("seed", text, { least: 0, most: most.seed })!);
  const frames = values.frames.map((text) => wholeNumber("frames", text, { least: 2, most: most.frames })!);
  const pairs = Math.max(1, named.length - (values.loop ? 0 : 1));
  const own = frames.length > 1 ? each("frames", frames, pairs, "pairs of ends") : [];
  const random = randomInt(2 ** 32);
  const ends: End[] = [];
  for (const [i, { prompt, file }] of named.entries())
    ends.push(
      known({
        prompt,
        picture: file === undefined ? undefined : await readPicture(host, file),
        negative: negatives[i],
        guidance: guidances[i],
        seed: seeds[i] ?? random,
        frames: own[i],
      }),
    );
  return known({
    ends,
    frames: frames.length === 1 ? frames[0] : undefined,
    between: wholeNumber("between", values.between, { least: 1, most: 1000 }),
    anchor: anchorOf(values),
    steps: wholeNumber("steps", values.steps, { least: 1, most: 1000 }),
    width: wholeNumber("width", values.width, { least: 8, most: 16_384 }),
    height: wholeNumber("height", values.height, { least: 8, most: 16_384 }),
    sampler: values.sampler,
    schedule: values.schedule,
    clipSkip: wholeNumber("clip-skip", values["clip-skip"], { least: 1 }),
    easing: choice<Easing>("easing", values.easing, Object.keys(easings) as Easing[]),
    playback: playbackOf(values),
    even: values.even,
  });
}

/** The camera that follows a request, where one is asked for. */
export function readCamera(values: AnimateValues, request: AnimateRequest): CameraRequest | undefined {
  const { camera } = values;
  const strength = decimal("strength", values.strength, { least: 0, most: 1 });
  const border = choice<Border>("border", values.border, borders);
  if (camera !== undefined) return { ...request, ...known({ camera, strength, border }) };
  if (strength === undefined && border === undefined) return undefined;
  throw new UsageError(`--${strength === undefined ? "border" : "strength"} goes with --camera, which is missing`);
}

/** One value stands for all; several are one for each. */
function each<T>(name: string, given: readonly T[], count: number, of: string): T[] {
  if (given.length === 1) return new Array<T>(count).fill(given[0]!);
  if (given.length === 0 || given.length === count) return [...given];
  throw new UsageError(
    `--${name} was given ${given.length} times, but there are ${count} ${of}: give it once, or for each`,
  );
}

function anchorOf({ anchor, "prompt-strength": strength }: AnimateValues): number | undefined {
  if (anchor !== undefined && strength !== undefined)
    throw new UsageError("--anchor and --prompt-strength say the same: leave out one");
  const share = decimal("prompt-strength", strength, { least: 0, most: 1 });
  return share === undefined ? decimal("anchor", anchor, { least: 0, most: 1 }) : 1 - share;
}

function playbackOf({ "ping-pong": back, loop }: AnimateValues): Playback {
  if (back && loop) throw new UsageError("--ping-pong goes back, --loop goes on to the first end: choose one");
  return back ? "ping-pong" : loop ? "loop" : "once";
}

/** Without what is undefined. */
const known = <T extends object>(
  fields: T,
): { [K in keyof T as undefined extends T[K] ? K : never]?: NonNullable<T[K]> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
