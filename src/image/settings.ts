import { UserError } from "../errors.ts";

/** How a picture was made, as AUTOMATIC1111's interface writes it into PNG files under the keyword `parameters`. */
export interface Settings {
  readonly prompt: string;
  readonly negative: string;
  readonly steps?: number;
  readonly sampler?: string;
  /** Spacing of the noise levels: `Karras`. */
  readonly schedule?: string;
  readonly guidance?: number;
  readonly seed?: number;
  readonly width?: number;
  readonly height?: number;
  readonly model?: string;
  readonly modelHash?: string;
  /** Denoising strength of image to image, 0 to 1. */
  readonly strength?: number;
  readonly version?: string;
  /** Everything else on the last line, in its order. */
  readonly more?: ReadonlyMap<string, string>;
}

/** Text longer than this was not written by such an interface. */
const longest = 1 << 20;

const negativeMark = "Negative prompt:";

type Field = Exclude<keyof Settings, "prompt" | "negative" | "width" | "height" | "more">;

/** In the order in which they are written; Size comes after Seed. */
const fields: readonly (readonly [label: string, field: Field, kind: "integer" | "number" | "text"])[] = [
  ["Steps", "steps", "integer"],
  ["Sampler", "sampler", "text"],
  ["Schedule type", "schedule", "text"],
  ["CFG scale", "guidance", "number"],
  ["Seed", "seed", "integer"],
  ["Model hash", "modelHash", "text"],
  ["Model", "model", "text"],
  ["Denoising strength", "strength", "number"],
  ["Version", "version", "text"],
];

const quoted = (value: string): string => (/[,:"\n\r]|^\s|\s$|^$/.test(value) ? JSON.stringify(value) : value);

/** The text for a PNG's `parameters`: prompt, negative prompt, and one line of `label: value` pairs. */
export function formatSettings(settings: Settings): string {
  const pairs: string[] = [];
  for (const [label, field] of fields) {
    const value = settings[field];
    if (value !== undefined) pairs.push(`${label}: ${quoted(String(value))}`);
    if (field === "seed" && settings.width !== undefined && settings.height !== undefined)
      pairs.push(`Size: ${settings.width}x${settings.height}`);
  }
  for (const [label, value] of settings.more ?? []) pairs.push(`${label}: ${quoted(value)}`);
  const lines = [settings.prompt, settings.negative && `${negativeMark} ${settings.negative}`, pairs.join(", ")];
  return lines.filter((line) => line !== "").join("\n");
}

/** A JSON string at `start` that a comma or the end follows: its value and where it ends. */
function quotedAt(line: string, start: number): { value: string; end: number } | undefined {
  let end = start + 1;
  while (end < line.length && line[end] !== '"') end += line[end] === "\\" ? 2 : 1;
  if (!/^\s*(,|$)/.test(line.slice(end + 1, end + 9))) return undefined;
  try {
    return { value: JSON.parse(line.slice(start, end + 1)) as string, end: end + 1 };
  } catch {
    return undefined; // a lone quotation mark is part of the value
  }
}

/** `label: value, label: "quoted, value"`; what does not look like that is passed over. */
function pairsOf(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  let at = 0;
  for (;;) {
    const colon = line.indexOf(":", at);
    if (colon < 0) return pairs;
    const label = line.slice(Math.max(at, line.lastIndexOf(",", colon) + 1), colon).trim();
    let start = colon + 1;
    while (line[start] === " ") start++;
    const comma = line.indexOf(",", start);
    const plain = comma < 0 ? line.length : comma;
    const quote = line[start] === '"' ? quotedAt(line, start) : undefined;
    if (/^[\p{L}\p{N}_][\p{L}\p{N}_ \-/]{0,63}$/u.test(label))
      pairs.set(label, quote?.value ?? line.slice(start, plain).trim());
    at = quote?.end ?? plain;
  }
}

function numberOf(label: string, value: string, kind: "integer" | "number"): number {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  const fits = kind === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (!fits)
    throw new UserError(
      `the picture's settings say ${label}: ${value.slice(0, 40)}, which is not ${kind === "integer" ? "a whole number" : "a number"}`,
    );
  return number;
}

function fromPairs(pairs: Map<string, string>): Partial<Settings> {
  const found: Record<string, string | number> = {};
  for (const [label, field, kind] of fields) {
    const value = pairs.get(label);
    if (value !== undefined) found[field] = kind === "text" ? value : numberOf(label, value, kind);
    pairs.delete(label);
  }
  const size = /^(\d{1,6})x(\d{1,6})$/.exec(pairs.get("Size") ?? "");
  if (size) {
    pairs.delete("Size");
    Object.assign(found, { width: Number(size[1]), height: Number(size[2]) });
  }
  return pairs.size > 0 ? { ...found, more: pairs } : found;
}

/**
 * Reads `parameters` text. A last line with fewer than three pairs belongs to the prompt, as AUTOMATIC1111 reads it.
 * Throws a UserError where a number is not one or the text is longer than 1 MiB.
 */
export function parseSettings(text: string): Settings {
  if (text.length > longest)
    throw new UserError(`the picture's settings are ${text.length} characters long; at most ${longest} are read`);
  const lines = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const pairs = pairsOf(lines.at(-1)!);
  if (pairs.size >= 3) lines.pop();
  const mark = lines.findIndex((line) => line.startsWith(negativeMark));
  const [prompt, negative] = mark < 0 ? [lines, []] : [lines.slice(0, mark), lines.slice(mark)];
  return {
    prompt: prompt.join("\n"),
    negative: negative.join("\n").slice(negativeMark.length).trim(),
    ...(pairs.size >= 3 ? fromPairs(pairs) : {}),
  };
}
