import type { UserError } from "../../errors.ts";
import type { Name } from "./objects.ts";
import { operations, refused } from "./opcodes.ts";

/** What a pickle's names and references to the outside mean; both throw a UserError for what they refuse. */
export interface Meanings {
  name(module: string, name: string): Name;
  /** BINPERSID: in PyTorch's files a storage. */
  reference(id: unknown): unknown;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes ended before the pickle did. */
export class Ended extends Error {}

/**
 * A pickle machine that builds values and calls nothing. Lists are arrays, tuples frozen arrays, dictionaries maps. It
 * holds no more than about thirty times the bytes that it reads.
 *
 * Source: CPython, Lib/pickletools.py; the operations are those that PyTorch's `weights_only` reads.
 */
export class Machine {
  readonly meanings: Meanings;
  readonly fail: (what: string) => UserError;
  readonly memo = new Map<number, unknown>();
  readonly stack: unknown[] = [];
  /** Heights of the stack at which marks were set. */
  readonly marks: number[] = [];
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #room: number;

  constructor(bytes: Uint8Array, start: number, meanings: Meanings, fail: (what: string) => UserError) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = start;
    this.meanings = meanings;
    this.fail = fail;
    // A pickled container with something in it takes some eight bytes at least, and some two hundred here.
    this.#room = 1000 + bytes.length / 8;
  }

  run(): unknown {
    for (;;) {
      const start = this.at;
      const code = this.byte();
      if (code === 0x2e) break; // STOP
      const operation = operations[code];
      if (!operation) throw this.fail(`it has the operation ${refused(code)} at byte ${start}, which is refused`);
      operation(this);
    }
    return this.pop();
  }

  /** Where the next so many bytes begin, behind which it goes on. */
  #skip(count: number): number {
    const start = this.at;
    if (count > this.#bytes.length - start) throw new Ended();
    this.at = start + count;
    return start;
  }

  /** The next so many bytes. */
  take(count: number): Uint8Array {
    const start = this.#skip(count);
    return this.#bytes.subarray(start, start + count);
  }

  byte(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  /** A number of so many bytes, read by the view at its place. */
  number(bytes: number, read: (view: DataView, at: number) => number): number {
    return read(this.#view, this.#skip(bytes));
  }

  /** Text up to a line's end. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) throw new Ended();
    const text = this.text(this.take(end - this.at));
    this.at++;
    return text;
  }

  text(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.fail(`its text at byte ${this.at - bytes.length} is not UTF-8`);
    }
  }

  push(value: unknown): void {
    this.stack.push(value);
  }

  /** Pushes a new container. */
  hold(container: unknown): void {
    if (--this.#room < 0) throw this.fail("it consists of more lists and dictionaries than its size has room for");
    this.stack.push(container);
  }

  pop(): unknown {
    this.checkAbove(1);
    return this.stack.pop();
  }

  /** The topmost value, which stays. */
  top(): unknown {
    this.checkAbove(1);
    return this.stack.at(-1);
  }

  /** The topmost values, from below. */
  several(count: number): unknown[] {
    this.checkAbove(count);
    return this.stack.splice(this.stack.length - count, count);
  }

  /** All values above the last mark, which goes too. */
  marked(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.fail("it needs a mark that it did not set");
    return this.stack.splice(mark);
  }

  private checkAbove(count: number): void {
    if (this.stack.length - count < (this.marks.at(-1) ?? 0)) throw this.fail("it takes more values than it made");
  }
}
