import { UserError } from "./errors.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Fields that a config may state with these values only: others would need another architecture. */
export type Neutral = Readonly<Record<string, readonly unknown[]>>;

/** What diffusers notes in every config about itself. */
export const bookkeeping = ["_diffusers_version", "_name_or_path", "_use_default_values"];

/** No length in a network is larger; what a file says beyond that would only fill the memory. */
const largest = 2 ** 24;
/** No list of lengths is longer. */
const longest = 64;

const positive = (value: unknown, most = largest): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= most;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Reads a config.json field by field. Each mistake is a one-line `UserError` that names file and field; fields that
 * nobody asked for are refused by `end`.
 */
export class Fields {
  readonly where: string;
  readonly #json: Json;
  readonly #unread: Set<string>;

  constructor(json: unknown, where: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new UserError(`${where}: must be a JSON object, but is ${JSON.stringify(json) ?? "missing"}`);
    }
    this.where = where;
    this.#json = json as Json;
    this.#unread = new Set(Object.keys(json));
  }

  /** Any value, to be judged by the caller. */
  raw(name: string): unknown {
    this.#unread.delete(name);
    return this.#json[name];
  }

  /** A whole number above zero, and up to `most`. */
  count(name: string, otherwise?: number, most = largest): number {
    const value = this.raw(name) ?? otherwise;
    if (positive(value, most)) return value;
    return this.fail(name, `must be a whole number above 0${positive(value, Infinity) ? ` and up to ${most}` : ""}`);
  }

  /** A list of whole numbers above zero, as long as `length` where that is given; a single number stands for all. */
  counts(name: string, length?: number): number[] {
    const value = this.raw(name);
    if (length !== undefined && positive(value)) return Array<number>(length).fill(value);
    if (!Array.isArray(value) || !value.every((v) => positive(v)) || value.length === 0 || value.length > longest) {
      return this.fail(name, "must be a list of whole numbers above 0");
    }
    if (length !== undefined && value.length !== length) return this.fail(name, `must have ${length} entries`);
    return value;
  }

  number(name: string, otherwise: number): number {
    const value = this.raw(name) ?? otherwise;
    return typeof value === "number" && Number.isFinite(value) ? value : this.fail(name, "must be a number");
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name) ?? otherwise;
    return typeof value === "boolean" ? value : this.fail(name, "must be true or false");
  }

  /** The entry of a table whose keys are the words allowed. */
  choice<T>(name: string, table: Readonly<Record<string, T>>, otherwise?: string): T {
    return this.entry(name, table, this.raw(name) ?? otherwise);
  }

  /** A list of such entries. */
  choices<T>(name: string, table: Readonly<Record<string, T>>, length: number): T[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length !== length) return this.fail(name, `must be a list of ${length} names`);
    return value.map((word) => this.entry(name, table, word));
  }

  private entry<T>(name: string, table: Readonly<Record<string, T>>, word: unknown): T {
    if (typeof word === "string" && Object.hasOwn(table, word)) return table[word]!;
    const words = Object.keys(table).map((w) => `"${w}"`);
    return this.fail(name, `must be ${words.join(" or ")}`);
  }

  /** The fields of an object within. */
  object(name: string): Fields {
    return new Fields(this.raw(name), `${this.where}, ${name}`);
  }

  /** Checks fields that have no place in our configs. */
  neutral(table: Neutral): void {
    for (const [name, values] of Object.entries(table)) {
      const value = this.raw(name);
      if (value === undefined || values.some((v) => same(v, value))) continue;
      this.fail(
        name,
        `must be ${values.map((v) => JSON.stringify(v)).join(" or ")}; other architectures are not supported`,
      );
    }
  }

  /** Fields that say nothing about the network. */
  ignore(names: readonly string[]): void {
    for (const name of names) this.#unread.delete(name);
  }

  /** Refuses what was not read. */
  end(): void {
    const [name] = this.#unread;
    if (name !== undefined) {
      throw new UserError(`${this.where}: unknown field "${name}"; remove it if the network does not depend on it`);
    }
  }

  fail(name: string, need: string): never {
    throw new UserError(`${this.where}: "${name}" ${need}, but is ${JSON.stringify(this.#json[name]) ?? "missing"}`);
  }
}
