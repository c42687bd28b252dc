import { parseArgs } from "node:util";
import { UsageError } from "../../errors.ts";
import { hint } from "./nearest.ts";

/** An option of a command: a switch, or one with a value; `value` is what the help calls that. */
export interface Option {
  readonly type: "boolean" | "string";
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  /** What other programs call it. */
  readonly aliases?: readonly string[];
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What the command line gave, by the options' names. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name]["type"] extends "boolean"
    ? boolean
    : O[Name]["multiple"] extends true
      ? readonly string[]
      : string | undefined;
};

export interface Arguments<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/** Every command has them. */
export const common = {
  json: { type: "boolean", help: "print one JSON object on standard output, and nothing else there" },
  debug: { type: "boolean", help: "show where in the program an error arose" },
  help: { type: "boolean", short: "h", help: "show this help" },
} as const satisfies Options;

/** Sorts arguments into options and positionals. Throws a UsageError for what the command does not know. */
export function parseOptions<O extends Options>(args: readonly string[], options: O): Arguments<O & typeof common> {
  const known: Options = { ...options, ...common };
  const names = new Map(
    Object.entries(known).flatMap(([name, { aliases = [] }]) => [name, ...aliases].map((one) => [one, name])),
  );
  const config = Object.fromEntries(
    Array.from(names, ([one, name]) => {
      const { type, short, multiple = false } = known[name]!;
      return [one, { type, multiple, ...(short === undefined || one !== name ? {} : { short }) }];
    }),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, boolean | string | string[] | undefined> = {};
  for (const [name, { type, multiple }] of Object.entries(known))
    values[name] = type === "boolean" ? false : multiple ? [] : undefined;
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, value, inlineValue } = token;
    const name = names.get(token.name);
    const option = name === undefined ? undefined : known[name];
    if (name === undefined || !option)
      throw new UsageError(`unknown option ${rawName}${hint(token.name, Object.keys(known), (n) => `--${n}`)}`);
    if (option.type === "boolean") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value, but got ${JSON.stringify(value)}`);
      values[name] = true;
      continue;
    }
    if (value === undefined) throw new UsageError(`${rawName} needs ${option.value ?? "a value"} after it`);
    if (!inlineValue && /^-+[a-z]/i.test(value))
      throw new UsageError(
        `${rawName} needs ${option.value ?? "a value"}, but ${value} follows; write ${rawName}=${value} if that is meant`,
      );
    if (option.multiple) (values[name] as string[]).push(value);
    else values[name] = value;
  }
  return { values: values as Values<O & typeof common>, positionals };
}

/** Two columns: options and what they do. */
export function describeOptions(options: Options): string {
  const all: Options = { ...options, ...common };
  const rows = Object.entries(all).map(([name, { short, type, value = "VALUE", help }]) => {
    const left = `${short ? `-${short}, ` : "    "}--${name}${type === "string" ? ` ${value}` : ""}`;
    return [left, help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join("\n");
}

interface Range {
  readonly least?: number;
  readonly most?: number;
}

function inRange(name: string, text: string, kind: string, value: number, { least, most }: Range): number {
  if (value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY)) return value;
  const bounds =
    least === undefined
      ? most === undefined
        ? ""
        : ` of at most ${most}`
      : most === undefined
        ? ` of at least ${least}`
        : ` from ${least} to ${most}`;
  throw new UsageError(`--${name} must be ${kind}${bounds}, not ${JSON.stringify(text)}`);
}

/** The whole number that an option was given, or undefined where it was not. */
export function wholeNumber(name: string, text: string | undefined, range: Range = {}): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return inRange(name, text, "a whole number", Number.isSafeInteger(value) ? value : Number.NaN, range);
}

/** The number that an option was given, or undefined where it was not. */
export function decimal(name: string, text: string | undefined, range: Range = {}): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return inRange(name, text, "a number", Number.isFinite(value) ? value : Number.NaN, range);
}

/** One of the given words, or undefined where the option was not given. */
export function choice<T extends string>(name: string, text: string | undefined, words: readonly T[]): T | undefined {
  if (text === undefined || (words as readonly string[]).includes(text)) return text as T | undefined;
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}, but must be one of ${words.join(", ")}${hint(text, words)}`,
  );
}
