import { UserError } from "../../errors.ts";
import type { ByteSource } from "../../runtime/host.ts";
import { decodeText } from "./samples.ts";

/** A file inside a tar archive: bytes start to end of the archive. */
export interface TarEntry {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const block = 512;
/** Headers are read in pieces of this size, which often hold several. */
const piece = 64 * 1024;
/** Longest extended header that is believed. */
const mostExtended = 1024 * 1024;

/** The regular files of a tar archive (POSIX ustar, pax and GNU long names). Throws UserError when it is damaged. */
export async function readTar(source: ByteSource): Promise<TarEntry[]> {
  const bytesAt = buffered(source);
  const entries: TarEntry[] = [];
  let extended: { path?: string; size?: number } = {};
  for (let at = 0; at + block <= source.size; ) {
    const header = await bytesAt(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header, source.name, at);
    const kind = String.fromCharCode(header[156]!);
    const start = at + block;
    const size = (kind === "x" ? undefined : extended.size) ?? number(header, 124, 136, source.name, at);
    const end = start + size;
    if (!Number.isSafeInteger(end) || end > source.size)
      throw new UserError(`${source.name} is cut off: the file at byte ${at} ends at ${end} of ${source.size}`);
    if (kind === "x" || kind === "L") {
      if (size > mostExtended) throw new UserError(`${source.name}: the header at byte ${at} is too long`);
      const bytes = await bytesAt(start, end);
      extended = kind === "x" ? pax(bytes, source.name) : { path: field(bytes, 0, bytes.length, source.name) };
    } else {
      if (kind === "0" || kind === "\0")
        entries.push({ name: extended.path ?? nameOf(header, source.name), start, end });
      if (kind !== "g") extended = {};
    }
    at = start + Math.ceil(size / block) * block;
  }
  return entries;
}

function buffered(source: ByteSource): (start: number, end: number) => Promise<Uint8Array> {
  let from = 0;
  let held = new Uint8Array(0);
  return async (start, end) => {
    if (start < from || end > from + held.length) {
      from = start;
      held = new Uint8Array(await source.read(start, Math.min(source.size, Math.max(end, start + piece))));
    }
    return held.subarray(start - from, end - from);
  };
}

/** Text up to the first zero byte. */
function field(bytes: Uint8Array, start: number, end: number, archive: string): string {
  const part = bytes.subarray(start, end);
  const stop = part.indexOf(0);
  return decodeText(stop < 0 ? part : part.subarray(0, stop), `a file name in ${archive}`);
}

function nameOf(header: Uint8Array, archive: string): string {
  const name = field(header, 0, 100, archive);
  const ustar = field(header, 257, 262, archive) === "ustar";
  const prefix = ustar ? field(header, 345, 500, archive) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Octal digits, or big-endian binary marked by the highest bit (GNU). */
function number(header: Uint8Array, start: number, end: number, archive: string, at: number): number {
  if (header[start]! & 0x80) {
    let value = header[start]! & 0x7f;
    for (let i = start + 1; i < end; i++) value = value * 256 + header[i]!;
    return value;
  }
  const digits = field(header, start, end, archive).trim();
  if (!/^[0-7]*$/.test(digits)) throw new UserError(`${archive} is damaged: no number in the header at byte ${at}`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function checkSum(header: Uint8Array, archive: string, at: number): void {
  const said = number(header, 148, 156, archive, at);
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (said !== sum) throw new UserError(`${archive} is damaged or not a tar archive: no header at byte ${at}`);
}

/** Records "LENGTH KEY=VALUE\n" of a pax header; only path and size matter here. */
function pax(bytes: Uint8Array, archive: string): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(space < 0 ? Number.NaN : field(bytes, at, space, archive));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length)
      throw new UserError(`${archive} is damaged: an extended header cannot be read`);
    const record = field(bytes, space + 1, at + length - 1, archive);
    const equals = record.indexOf("=");
    if (record.startsWith("path=")) found.path = record.slice(equals + 1);
    if (record.startsWith("size=")) found.size = Number(record.slice(equals + 1));
    at += length;
  }
  return found;
}
