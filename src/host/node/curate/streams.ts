import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../../../errors.ts";
import { guard, openFile } from "../files.ts";

/** A file's bytes in pieces; of one that ends in .gz those that were compressed. Throws a UserError. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  await openFile(path);
  const file = createReadStream(path, { highWaterMark: 2 ** 18 });
  const source: Readable = path.endsWith(".gz") ? pipeline(file, createGunzip(), () => {}) : file;
  try {
    yield* source as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (/^Z_/.test((error as NodeJS.ErrnoException).code ?? ""))
      throw new UserError(`${path} is damaged or not compressed by gzip; download it again`);
    await guard("read", path, () => Promise.reject(error));
  } finally {
    file.destroy();
  }
}

/** Bytes of the longest line. */
const longest = 2 ** 20;

/** Lines of UTF-8; undefined for one that is too long. */
export async function* linesOf(path: string): AsyncGenerator<string | undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const line = (): string | undefined => {
    const text = length > longest ? undefined : Buffer.concat(parts).toString("utf8");
    parts = [];
    length = 0;
    return text;
  };
  for await (const piece of bytesOf(path)) {
    let from = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      add(piece.subarray(from, end));
      from = end + 1;
      yield line();
    }
    add(piece.subarray(from));
  }
  if (length > 0) yield line();

  function add(bytes: Uint8Array): void {
    length += bytes.length;
    if (length <= longest) parts.push(bytes);
    else parts = [];
  }
}
