import { UserError } from "../errors.ts";
import type { Picture } from "../runtime/host.ts";

/** What every PNG file starts with. */
export const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** The cyclic redundancy check of PNG and zip (ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte);

export interface PngChunk {
  /** Four letters: `IHDR`, `IDAT`, `tEXt`. */
  readonly type: string;
  readonly data: Uint8Array;
}

/** The chunks of a PNG file, checked; a UserError where the file is not a PNG, ends early or fails a checksum. */
export function readChunks(png: Uint8Array, name: string): PngChunk[] {
  if (!isPng(png)) throw new UserError(`${name}: not a PNG picture`);
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: PngChunk[] = [];
  for (let at = signature.length; chunks.at(-1)?.type !== "IEND"; ) {
    const end = at + 12 <= png.length ? at + 12 + view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (end > png.length) throw new UserError(`${name}: the PNG ends in the middle; copy or download it again`);
    if (view.getUint32(end - 4) !== crc32(png.subarray(at + 4, end - 4)))
      throw new UserError(`${name}: the PNG is damaged at byte ${at} (checksum); copy or download it again`);
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.subarray(at + 8, end - 4) });
    at = end;
  }
  return chunks;
}

/** Chunks as they follow each other in a file, each with its length and checksum. */
export function joinChunks(chunks: readonly PngChunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { data }) => sum + 12 + data.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length);
    for (let i = 0; i < 4; i++) bytes[at + 4 + i] = type.charCodeAt(i);
    bytes.set(data, at + 8);
    view.setUint32(at + 8 + data.length, crc32(bytes.subarray(at + 4, at + 8 + data.length)));
    at += 12 + data.length;
  }
  return bytes;
}

/** A PNG file of these chunks. */
export function writeChunks(chunks: readonly PngChunk[]): Uint8Array {
  const joined = joinChunks(chunks);
  const png = new Uint8Array(signature.length + joined.length);
  png.set(signature);
  png.set(joined, signature.length);
  return png;
}

const paeth = (left: number, up: number, corner: number): number => {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
};

/** PNG specification, section 9: filter types 0 to 4 predict a byte from its neighbours. */
const predictors: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

/** Every row filtered by the type whose residuals sum to the least (section 12.7), its type before it. */
function filterRows({ width, height, channels, data }: Picture): Uint8Array {
  const stride = width * channels;
  const out = new Uint8Array(height * (stride + 1));
  const row = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    let least = Number.POSITIVE_INFINITY;
    for (const [type, predict] of predictors.entries()) {
      let sum = 0;
      for (let x = 0, at = y * stride; x < stride; x++, at++) {
        const left = x < channels ? 0 : data[at - channels]!;
        const up = y === 0 ? 0 : data[at - stride]!;
        const corner = x < channels || y === 0 ? 0 : data[at - stride - channels]!;
        const residual = (data[at]! - predict(left, up, corner)) & 0xff;
        row[x] = residual;
        sum += residual < 128 ? residual : 256 - residual;
      }
      if (sum >= least) continue;
      least = sum;
      out[y * (stride + 1)] = type;
      out.set(row, y * (stride + 1) + 1);
    }
  }
  return out;
}

const colourTypes = { 1: 0, 3: 2, 4: 6 } as const;

/** Compresses to zlib's format. */
export type Deflate = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** The chunk that a PNG starts with: 8 bits a channel. */
export function headerChunk({ width, height, channels }: Picture): PngChunk {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([8, colourTypes[channels]], 8);
  return { type: "IHDR", data };
}

/** A picture's pixels as PNG has them, compressed. */
export const packPixels = async (picture: Picture, deflate: Deflate): Promise<Uint8Array> =>
  deflate(filterRows(picture));

/** An 8-bit PNG file; the same picture always gives the same bytes with the same `deflate`. */
export async function encodePng(picture: Picture, deflate: Deflate): Promise<Uint8Array> {
  return writeChunks([
    headerChunk(picture),
    { type: "IDAT", data: await packPixels(picture, deflate) },
    { type: "IEND", data: new Uint8Array() },
  ]);
}
