import type { UserError } from "../../errors.ts";
import type { ByteSource } from "../../runtime/host.ts";

/** A file in an archive, as it lies there. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  /** Where its local header begins. */
  readonly header: number;
  /** Where what follows it begins. */
  readonly end: number;
}

export interface Archive {
  readonly entries: ReadonlyMap<string, Entry>;
  /** First byte of an entry's data. */
  locate(entry: Entry): Promise<number>;
}

type Fail = (what: string) => UserError;

/** Of the names of all files, with what the archive says of each; PyTorch's files have some thousands. */
const largestDirectory = 64 * 2 ** 20;

/** The end record, and the longest comment behind it. */
const endSize = { record: 22, comment: 0xffff };
const localSize = 30;
const centralSize = 46;

/**
 * Reads the directory of a zip archive whose files are stored as they are. Refused are archives in parts, encrypted or
 * compressed files, names that lead elsewhere, files of one name, and files that overlap.
 *
 * Source: APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16.
 */
export async function readZip(source: ByteSource, fail: Fail): Promise<Archive> {
  const { count, start, size } = await findDirectory(source, fail);
  const bytes = await source.read(start, start + size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Omit<Entry, "end">[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + centralSize > size || view.getUint32(at, true) !== 0x02014b50) throw fail("its directory is cut off");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
    const end = at + centralSize + nameLength! + extraLength! + commentLength!;
    if (end > size) throw fail("its directory is cut off");
    const name = latin1(bytes.subarray(at + centralSize, at + centralSize + nameLength!));
    found.push(centralEntry(view, at, name, at + centralSize + nameLength!, extraLength!, fail));
    at = end;
  }
  return { entries: separate(found, start, fail), locate: (entry) => locate(source, entry, fail) };
}

async function findDirectory(source: ByteSource, fail: Fail): Promise<{ count: number; start: number; size: number }> {
  const from = Math.max(0, source.size - endSize.record - endSize.comment);
  const tail = await source.read(from, source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  let at = tail.length - endSize.record;
  // The record whose comment reaches to the end of the file.
  const isEnd = (): boolean =>
    view.getUint32(at, true) === 0x06054b50 && at + endSize.record + view.getUint16(at + 20, true) === tail.length;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) throw fail("it has no directory at its end; it is cut off");
  let [count, size, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ];
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    if (at < 20 || view.getUint32(at - 20, true) !== 0x07064b50) throw fail("its directory is not where it should be");
    const record = uint64(view, at - 12);
    if (record > from + at - 20 - 56) throw fail("its directory is not where it should be");
    const bytes = await source.read(record, record + 56);
    const large = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (large.getUint32(0, true) !== 0x06064b50) throw fail("its directory is not where it should be");
    [count, size, start] = [uint64(large, 32), uint64(large, 40), uint64(large, 48)];
  }
  if (size > largestDirectory) throw fail(`its directory of ${size} bytes is absurdly large`);
  if (start + size > source.size || count * centralSize > size) throw fail("its directory does not fit into it");
  return { count, start, size };
}

/** `extra`: place and length of the fields that hold what does not fit into 32 bits. */
function centralEntry(
  view: DataView,
  at: number,
  name: string,
  extra: number,
  length: number,
  fail: Fail,
): Omit<Entry, "end"> {
  if (/^[/\\]|\\|(^|\/)\.\.(\/|$)|^[A-Za-z]:|\0/.test(name))
    throw fail(`it has a file ${quote(name)}, which leads elsewhere`);
  if (view.getUint16(at + 8, true) & 1) throw fail(`${quote(name)} in it is encrypted`);
  let [packed, size, header] = [20, 24, 42].map((o) => view.getUint32(at + o, true)) as [number, number, number];
  let wide = wideFields(view, extra, length);
  const next = (): number => {
    if (wide === undefined || wide.length < 8) throw fail(`${quote(name)} in it has no size`);
    const value = uint64(view, wide.at);
    wide = { at: wide.at + 8, length: wide.length - 8 };
    return value;
  };
  if (size === 0xffffffff) size = next();
  if (packed === 0xffffffff) packed = next();
  if (header === 0xffffffff) header = next();
  if (view.getUint16(at + 10, true) !== 0 || packed !== size)
    throw fail(`${quote(name)} in it is compressed, which PyTorch never does; unpack it and store it uncompressed`);
  return { name, size, header };
}

/** The zip64 field among the extra ones. */
function wideFields(view: DataView, start: number, length: number): { at: number; length: number } | undefined {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    const size = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && at + 4 + size <= start + length) return { at: at + 4, length: size };
  }
  return undefined;
}

/** By name. No file may begin before the one ahead of it ends. */
function separate(found: Omit<Entry, "end">[], directory: number, fail: Fail): Map<string, Entry> {
  const sorted = found.sort((a, b) => a.header - b.header);
  const entries = new Map<string, Entry>();
  for (const [i, entry] of sorted.entries()) {
    const end = sorted[i + 1]?.header ?? directory;
    if (entry.header + localSize + entry.name.length + entry.size > end) throw fail(overlap(entry.name));
    if (entries.has(entry.name)) throw fail(`it has two files ${quote(entry.name)}`);
    entries.set(entry.name, { ...entry, end });
  }
  return entries;
}

const overlap = (name: string): string => `${quote(name)} in it overlaps what follows`;

async function locate(source: ByteSource, { name, header, size, end }: Entry, fail: Fail): Promise<number> {
  const bytes = await source.read(header, header + localSize + name.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== 0x04034b50 || latin1(bytes.subarray(localSize)) !== name)
    throw fail(`${quote(name)} in it is not where its directory says`);
  const start = header + bytes.length + view.getUint16(28, true);
  if (start + size > end) throw fail(overlap(name));
  return start;
}

/** As a number; what is beyond 2⁵³ is larger than any file. */
const uint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

const latin1 = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

const quote = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
