import { UserError } from "../../../errors.ts";
import { bytesOf } from "./streams.ts";

/** A record of a web archive: what was asked for and what came. */
export interface WarcRecord {
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** Undefined for one that is too long. */
  readonly body: Buffer | undefined;
}

/** Bytes of the longest record that is read, and of the longest header. */
const longest = 2 ** 25;
const longestHeader = 2 ** 16;

const blank = Buffer.from("\r\n\r\n");

/** The records of a WARC or WAT file (ISO 28500), one after the other. */
export async function* warcRecords(path: string): AsyncGenerator<WarcRecord> {
  const reader = new Reader(bytesOf(path));
  for (let number = 1; await reader.skipBlank(); number++) {
    const head = await reader.until(blank, longestHeader);
    const lines = head?.toString("utf8").split("\r\n") ?? [];
    const headers = new Map(lines.slice(1).flatMap(headerOf));
    const length = Number(headers.get("content-length") ?? Number.NaN);
    if (!lines[0]?.startsWith("WARC/") || !Number.isSafeInteger(length) || length < 0)
      throw new UserError(`${path} is no web archive, or damaged: record ${number} does not begin as one`);
    const body = length > longest ? await reader.skip(length) : await reader.take(length);
    if (body === "end") return;
    yield { headers, body: body === "skipped" ? undefined : body };
  }
}

/** Headers end with an empty line; others are "Name: value". */
export function headerOf(line: string): [string, string][] {
  const colon = line.indexOf(":");
  return colon > 0 ? [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]] : [];
}

/** Takes bytes from a stream as they are needed. */
class Reader {
  readonly #source: AsyncGenerator<Uint8Array>;
  #held = Buffer.alloc(0);

  constructor(source: AsyncGenerator<Uint8Array>) {
    this.#source = source;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
    return true;
  }

  /** Whether anything but line ends is left. */
  async skipBlank(): Promise<boolean> {
    for (;;) {
      const start = this.#held.findIndex((byte) => byte !== 13 && byte !== 10);
      if (start >= 0) {
        this.#held = this.#held.subarray(start);
        return true;
      }
      this.#held = Buffer.alloc(0);
      if (!(await this.#more())) return false;
    }
  }

  /** What stands before a mark, which is taken too; undefined where it does not come soon. */
  async until(mark: Buffer, most: number): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at >= 0) {
        const found = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return found;
      }
      if (this.#held.length > most || !(await this.#more())) return undefined;
    }
  }

  async take(length: number): Promise<Buffer | "end"> {
    const parts: Buffer[] = [this.#held];
    let have = this.#held.length;
    while (have < length) {
      const { done, value } = await this.#source.next();
      if (done) return "end";
      parts.push(Buffer.from(value));
      have += value.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts);
    this.#held = all.subarray(length);
    return all.subarray(0, length);
  }

  async skip(length: number): Promise<"skipped" | "end"> {
    let left = length;
    while (left > this.#held.length) {
      left -= this.#held.length;
      this.#held = Buffer.alloc(0);
      if (!(await this.#more())) return "end";
    }
    this.#held = this.#held.subarray(left);
    return "skipped";
  }
}
