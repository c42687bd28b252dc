import { UsageError } from "../errors.ts";

/** A number that may depend on the time t. */
export type Expression = (t: number) => number;

interface Token {
  readonly text: string;
  /** Of its first letter, from 1. */
  readonly place: number;
}

const functions: Readonly<Record<string, (x: number) => number>> = { sin: Math.sin, cos: Math.cos };

const isNumber = (text: string): boolean => /^[\d.]/.test(text);

/** Deeper brackets than anyone writes would exhaust the stack. */
const mostBrackets = 100;

/** Reads words, numbers, signs and expressions off a text, and points at what does not belong there. */
export class Parser {
  readonly #what: string;
  readonly #tokens: Token[] = [];
  #next = 0;
  #depth = 0;

  /** `what` is how messages call the text. */
  constructor(text: string, what: string) {
    this.#what = what;
    for (const { 0: found, index } of text.matchAll(/(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|\p{L}[\p{L}\p{N}]*|\S/giu))
      this.#tokens.push({ text: found, place: index + 1 });
    this.#tokens.push({ text: "", place: text.length + 1 });
  }

  /** The next token's text; empty at the end. */
  get #text(): string {
    return this.#tokens[this.#next]!.text;
  }

  /** Where the next token is, for `fail`. */
  get position(): number {
    return this.#next;
  }

  /** Throws a UsageError about the next token, or that at a position. */
  fail(what: string, position = this.#next): never {
    const { text, place } = this.#tokens[position]!;
    throw new UsageError(`${this.#what}: ${text === "" ? "at the end" : `${text} at character ${place}`}: ${what}`);
  }

  atEnd(): boolean {
    return this.#text === "";
  }

  takes(text: string): boolean {
    if (this.#text !== text) return false;
    this.#next++;
    return true;
  }

  /** The next one of these words. */
  word<T extends string>(words: readonly T[]): T {
    const found = words.find((word) => this.takes(word));
    return found ?? this.fail(`must be one of ${words.join(", ")}`);
  }

  /** A whole number before a colon; takes nothing where there is none. */
  label(): number | undefined {
    if (this.#tokens[this.#next + 1]?.text !== ":") return undefined;
    const text = this.#text;
    if (!/^\d+$/.test(text)) this.fail("must be a whole number, as a colon follows");
    this.#next += 2;
    return Number(text);
  }

  /** A number with or without a sign, or an expression in brackets. */
  value(): Expression {
    if (this.takes("-")) {
      const value = this.value();
      return (t) => -value(t);
    }
    if (this.takes("+")) return this.value();
    if (this.#text === "(") return this.#bracket();
    if (isNumber(this.#text)) return this.#number();
    return this.fail("must be a number, or an expression in brackets");
  }

  #sum(): Expression {
    let sum = this.#product();
    for (;;) {
      const [a, sign] = [sum, this.takes("+") ? 1 : this.takes("-") ? -1 : 0];
      if (sign === 0) return sum;
      const b = this.#product();
      sum = (t) => a(t) + sign * b(t);
    }
  }

  #product(): Expression {
    let product = this.#factor();
    for (;;) {
      const a = product;
      if (this.takes("*")) {
        const b = this.#factor();
        product = (t) => a(t) * b(t);
      } else if (this.takes("/")) {
        const b = this.#factor();
        product = (t) => a(t) / b(t);
      } else return product;
    }
  }

  #factor(): Expression {
    if (this.takes("t")) return (t) => t;
    for (const [name, compute] of Object.entries(functions))
      if (this.takes(name)) {
        if (this.#text !== "(") this.fail(`must be an opening bracket, as ${name} comes before`);
        const inner = this.#bracket();
        return (t) => compute(inner(t));
      }
    if (this.takes("-")) {
      const factor = this.#factor();
      return (t) => -factor(t);
    }
    if (this.#text === "(") return this.#bracket();
    if (isNumber(this.#text)) return this.#number();
    return this.fail("must be a number, t, sin(…), cos(…) or a bracket");
  }

  #bracket(): Expression {
    if (++this.#depth > mostBrackets) this.fail(`more than ${mostBrackets} brackets in each other`);
    this.#next++;
    const inner = this.#sum();
    if (!this.takes(")")) this.fail("must be an operator or a closing bracket");
    this.#depth--;
    return inner;
  }

  #number(): Expression {
    const value = Number(this.#text);
    if (!Number.isFinite(value)) this.fail("is no number");
    this.#next++;
    return () => value;
  }
}
