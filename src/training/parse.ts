import { UserError } from "../errors.ts";

/** Reads one JSON value; `where` is its path, for messages. */
export type Parse<T> = (value: unknown, where: string) => T;

const refuse = (where: string, needed: string, value: unknown): never => {
  throw new UserError(`${where}: ${needed} is needed, not ${JSON.stringify(value) ?? "nothing"}`);
};

const numeric =
  (needed: string, fits: (value: number) => boolean): Parse<number> =>
  (value, where) =>
    typeof value === "number" && fits(value) ? value : refuse(where, needed, value);

/** A whole number above 0. */
export const count = numeric("a whole number above 0", (v) => Number.isSafeInteger(v) && v > 0);
/** A whole number, 0 allowed. */
export const whole = numeric("a whole number from 0", (v) => Number.isSafeInteger(v) && v >= 0);
export const positive = numeric("a number above 0", (v) => v > 0);
/** A number from 0. */
export const amount = numeric("a number from 0", (v) => v >= 0);
export const share = numeric("a number from 0 to 1", (v) => v >= 0 && v <= 1);

export const text: Parse<string> = (value, where) =>
  typeof value === "string" && value !== "" ? value : refuse(where, "a text", value);

export const flag: Parse<boolean> = (value, where) =>
  typeof value === "boolean" ? value : refuse(where, "true or false", value);

export const choice =
  <const T extends string>(...options: readonly T[]): Parse<T> =>
  (value, where) =>
    options.find((option) => option === value) ?? refuse(where, options.map((o) => `"${o}"`).join(" or "), value);

/** Any JSON object; whoever understands it checks it. */
export const anyObject: Parse<Readonly<Record<string, unknown>>> = (value, where) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : refuse(where, "an object", value);

export const list =
  <T>(parse: Parse<T>): Parse<readonly T[]> =>
  (value, where) =>
    Array.isArray(value) && value.length > 0
      ? value.map((entry, i) => parse(entry, `${where}[${i}]`))
      : refuse(where, "a list", value);

export const optional =
  <T>(parse: Parse<T>): Parse<T | undefined> =>
  (value, where) =>
    value === undefined ? undefined : parse(value, where);

export const preset =
  <T>(parse: Parse<T>, fallback: T): Parse<T> =>
  (value, where) =>
    value === undefined ? fallback : parse(value, where);

export type Fields<S> = { readonly [K in keyof S]: S[K] extends Parse<infer T> ? T : never };

/** An object with exactly these fields; an unknown one is refused by name. */
export const object =
  <S extends Readonly<Record<string, Parse<unknown>>>>(shape: S): Parse<Fields<S>> =>
  (value, where) => {
    const given = anyObject(value, where);
    for (const key of Object.keys(given)) {
      if (!(key in shape))
        throw new UserError(`${where}: "${key}" is unknown; it can have ${Object.keys(shape).join(", ")}`);
    }
    const entries = Object.entries(shape).map(([key, parse]) => [key, parse(given[key], `${where}: ${key}`)]);
    return Object.fromEntries(entries) as Fields<S>;
  };
