import { isPng, type PngChunk, readChunks, writeChunks } from "./png.ts";

/**
 * Numbers in a picture's EXIF block, a TIFF directory (TIFF 6.0, section 2): in the eXIf chunk of PNG or the APP1 segment of
 * JPEG. Only single numbers are read and written, by their tags.
 */

const [SHORT, LONG, DOUBLE] = [3, 4, 12];

/** Bytes of a number, by TIFF's types. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 11: 4, 12: 8 };

function numberAt(view: DataView, at: number, type: number, little: boolean): number {
  if (type === 1) return view.getUint8(at);
  if (type === SHORT) return view.getUint16(at, little);
  if (type === LONG) return view.getUint32(at, little);
  if (type === 6) return view.getInt8(at);
  if (type === 8) return view.getInt16(at, little);
  if (type === 9) return view.getInt32(at, little);
  return type === 11 ? view.getFloat32(at, little) : view.getFloat64(at, little);
}

/** The single numbers of the first directory; what points beyond the block is passed over, and so is a damaged block. */
export function parseExif(tiff: Uint8Array): Map<number, number> {
  const found = new Map<number, number>();
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return found;
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return found;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return found;
  const entries = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= tiff.length; i++, at += 12) {
    const type = view.getUint16(at + 2, little);
    const size = sizes[type];
    if (size === undefined || view.getUint32(at + 4, little) !== 1) continue;
    const place = size <= 4 ? at + 8 : view.getUint32(at + 8, little);
    if (place + size <= tiff.length) found.set(view.getUint16(at, little), numberAt(view, place, type, little));
  }
  return found;
}

/**
 * A block with these numbers, in order of their tags: SHORT or LONG for whole ones, DOUBLE for others and for those tags that
 * are to be so.
 */
export function formatExif(numbers: ReadonlyMap<number, number>, doubles: ReadonlySet<number> = new Set()): Uint8Array {
  const entries = [...numbers].sort(([a], [b]) => a - b);
  const typeOf = (tag: number, value: number): number => {
    if (doubles.has(tag) || !Number.isInteger(value) || value < 0 || value >= 2 ** 32) return DOUBLE;
    return value < 2 ** 16 ? SHORT : LONG;
  };
  const wide = entries.filter(([tag, value]) => typeOf(tag, value) === DOUBLE).length;
  const directory = 8 + 2 + 12 * entries.length + 4;
  const tiff = new Uint8Array(directory + 8 * wide);
  const view = new DataView(tiff.buffer);
  view.setUint16(0, 0x4d4d);
  view.setUint16(2, 42);
  view.setUint32(4, 8);
  view.setUint16(8, entries.length);
  let free = directory;
  for (const [i, [tag, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    const type = typeOf(tag, value);
    view.setUint16(at, tag);
    view.setUint16(at + 2, type);
    view.setUint32(at + 4, 1);
    if (type === SHORT) view.setUint16(at + 8, value);
    else if (type === LONG) view.setUint32(at + 8, value);
    else {
      view.setUint32(at + 8, free);
      view.setFloat64(free, value);
      free += 8;
    }
  }
  return tiff;
}

/** What begins the APP1 segment of JPEG: `Exif`, two zeros. */
const jpegMark = Uint8Array.of(0x45, 0x78, 0x69, 0x66, 0, 0);

/** The EXIF segment of a JPEG file; the segments are walked until the picture itself begins. */
function jpegExif(jpeg: Uint8Array): Uint8Array | undefined {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  for (let at = 2; at + 4 <= jpeg.length && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; ) {
    const end = at + 2 + view.getUint16(at + 2);
    const segment = jpeg.subarray(at + 4, Math.min(end, jpeg.length));
    if (view.getUint8(at + 1) === 0xe1 && jpegMark.every((byte, i) => segment[i] === byte)) return segment.subarray(6);
    at = end;
  }
  return undefined;
}

/**
 * The numbers in the EXIF block of a PNG or JPEG file by tag; none where it has no such block or is of another format.
 * Throws a UserError where a PNG is damaged.
 */
export function readExif(file: Uint8Array, name: string): Map<number, number> {
  if (isPng(file)) {
    const chunk = readChunks(file, name).find(({ type }) => type === "eXIf");
    return chunk ? parseExif(chunk.data) : new Map();
  }
  const block = file[0] === 0xff && file[1] === 0xd8 ? jpegExif(file) : undefined;
  return block ? parseExif(block) : new Map();
}

/** The PNG with an EXIF block (`formatExif`) before its pixels, in place of any other. */
export function insertExif(png: Uint8Array, exif: Uint8Array, name = "picture"): Uint8Array {
  const [header, ...rest] = readChunks(png, name).filter(({ type }) => type !== "eXIf");
  const chunk: PngChunk = { type: "eXIf", data: exif };
  return writeChunks([header!, chunk, ...rest]);
}
