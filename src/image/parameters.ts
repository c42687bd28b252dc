import { UserError } from "../errors.ts";
import { exifComment, readExifComment } from "./exif-comment.ts";
import { insertPngText, readPngText } from "./png-text.ts";

/**
 * Picture files with a text in them that says how they were drawn, where AUTOMATIC1111's interface has it: PNG under the
 * keyword `parameters`, JPEG and WebP in Exif's user comment.
 */
export function insertParameters(file: Uint8Array, format: "png" | "jpeg" | "webp", text: string): Uint8Array {
  if (format === "png") return insertPngText(file, { parameters: text });
  return format === "jpeg" ? jpegWithExif(file, exifComment(text)) : webpWithExif(file, exifComment(text));
}

/** The text; undefined where there is none. Throws a UserError where a PNG is damaged. */
export function readParameters(file: Uint8Array, name: string): string | undefined {
  if (file[0] === 0xff && file[1] === 0xd8) return readExifComment(exifOfJpeg(file));
  if (tag(file, 0) === "RIFF" && tag(file, 8) === "WEBP")
    return readExifComment(chunks(file).find(({ name }) => name === "EXIF")?.data);
  return readPngText(file, name).get("parameters");
}

const exifMark = Uint8Array.from("Exif\0\0", (c) => c.charCodeAt(0));
const isExif = (data: Uint8Array): boolean => exifMark.every((byte, i) => data[i] === byte);

/** Segments up to the first that is picture data: marker, place of the marker, and data (JPEG: ITU-T T.81, B.1.1.4). */
function* segments(file: Uint8Array): Generator<{ marker: number; start: number; data: Uint8Array }> {
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1]!;
    const length = file[at + 2]! * 256 + file[at + 3]!;
    if (marker === 0xda || length < 2) return;
    yield { marker, start: at, data: file.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

function exifOfJpeg(file: Uint8Array): Uint8Array | undefined {
  for (const { marker, data } of segments(file))
    if (marker === 0xe1 && isExif(data)) return data.subarray(exifMark.length);
  return undefined;
}

function jpegWithExif(file: Uint8Array, exif: Uint8Array): Uint8Array {
  const length = 2 + exifMark.length + exif.length;
  if (length > 0xffff) throw new UserError("the settings are too long for a JPEG file: write a .png or .webp instead");
  // JFIF's own segment comes first.
  const first = [...segments(file)].find(({ marker }) => marker !== 0xe0);
  const at = first?.start ?? 2;
  return joined([
    file.subarray(0, at),
    Uint8Array.of(0xff, 0xe1, length >> 8, length & 255),
    exifMark,
    exif,
    file.subarray(at),
  ]);
}

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
}

const tag = (file: Uint8Array, at: number): string => String.fromCharCode(...file.subarray(at, at + 4));

/** Chunks of a WebP file (RFC 9649, section 2.3), as far as they are whole. */
function chunks(file: Uint8Array): Chunk[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const found: Chunk[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const size = view.getUint32(at + 4, true);
    if (size > file.length - at - 8) break;
    found.push({ name: tag(file, at), data: file.subarray(at + 8, at + 8 + size) });
    at += 8 + size + (size % 2);
  }
  return found;
}

const hasExif = 0x08;

function webpWithExif(file: Uint8Array, exif: Uint8Array): Uint8Array {
  const all = chunks(file).filter(({ name }) => name !== "EXIF");
  const header = all[0]?.name === "VP8X" ? all.shift()!.data.slice() : extendedHeader(all);
  header[0]! |= hasExif;
  const body = [{ name: "VP8X", data: header }, ...all, { name: "EXIF", data: exif }].flatMap(({ name, data }) => [
    Uint8Array.from(name, (c) => c.charCodeAt(0)),
    little32(data.length),
    data,
    new Uint8Array(data.length % 2),
  ]);
  const size = body.reduce((sum, { length }) => sum + length, 4);
  return joined([file.subarray(0, 4), little32(size), file.subarray(8, 12), ...body]);
}

/** What a file of one picture leaves out: flags, width − 1 and height − 1 in three bytes each. */
function extendedHeader([picture]: readonly Chunk[]): Uint8Array {
  const { name, data } = picture!;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const lossless = name === "VP8L";
  const bits = lossless ? view.getUint32(1, true) : 0;
  const width = lossless ? bits & 0x3fff : (view.getUint16(6, true) & 0x3fff) - 1;
  const height = lossless ? (bits >>> 14) & 0x3fff : (view.getUint16(8, true) & 0x3fff) - 1;
  const alpha = (bits >>> 28) & 1 ? 0x10 : 0;
  const bytes = (value: number): number[] => [value & 255, (value >> 8) & 255, value >> 16];
  return Uint8Array.of(alpha, 0, 0, 0, ...bytes(width), ...bytes(height));
}

const little32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
