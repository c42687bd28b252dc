import { UserError } from "../errors.ts";
import type { Sound } from "./sound.ts";

/** More channels or Hz than this are a damaged header's. */
const mostChannels = 256;
const highestRate = 1_000_000;

/** Sizes from here on stand for "unknown" in files that were written as a stream. */
const unknownSize = 0x7fff0000;

const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of a sample. */
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
}

/** By kind and bytes: what makes a number in ±1 of a sample. 8 bits have no sign. */
const readers: Readonly<Record<string, Format["read"]>> = {
  [`${PCM}/1`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}/2`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
  [`${PCM}/3`]: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23,
  [`${PCM}/4`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
  [`${FLOAT}/4`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}/8`]: (view, at) => view.getFloat64(at, true),
};

const letters = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** Whether a file begins as WAV files do. */
export function isWav(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length >= 12 && /^RIFF|^RF64/.test(letters(view, 0)) && letters(view, 8) === "WAVE";
}

/** Chunks of a WAV file by name: where their data begin and how long they say they are. */
function* chunksOf(view: DataView, first = 12): Generator<{ type: string; start: number; size: number }> {
  for (let at = first; at + 8 <= view.byteLength; ) {
    const [type, size, start] = [letters(view, at), view.getUint32(at + 4, true), at + 8];
    yield { type, start, size };
    at = start + size + (size % 2);
  }
}

/** Texts longer than this are no words about a sound. */
const longestText = 2 ** 20;

/** The texts in a WAV file's INFO chunk, by their four letters; of a damaged one those that are whole. */
export function readWavInfo(bytes: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  if (!isWav(bytes)) return found;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { type, start, size } of chunksOf(view)) {
    if (type === "data" && size >= unknownSize) break;
    if (type !== "LIST" || size < 4 || start + size > bytes.length || letters(view, start) !== "INFO") continue;
    const list = new DataView(bytes.buffer, bytes.byteOffset + start, size);
    for (const entry of chunksOf(list, 4)) {
      const end = entry.start + entry.size;
      if (end > size || entry.size > longestText) break;
      const text = new TextDecoder().decode(bytes.subarray(start + entry.start, start + end));
      found.set(entry.type, text.replace(/\0+$/, ""));
    }
  }
  return found;
}

function parseFormat(chunk: DataView, fail: (what: string) => never): Format {
  if (chunk.byteLength < 16) return fail("its format chunk is too short; copy or convert it again");
  const [tag, channels, sampleRate] = [chunk.getUint16(0, true), chunk.getUint16(2, true), chunk.getUint32(4, true)];
  const [block, bits] = [chunk.getUint16(12, true), chunk.getUint16(14, true)];
  // The extensible form has the kind at the start of a GUID.
  const kind = tag === EXTENSIBLE && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : tag;
  if (channels < 1 || channels > mostChannels)
    return fail(`it says ${channels} channels; 1 to ${mostChannels} are read`);
  if (sampleRate < 1 || sampleRate > highestRate)
    return fail(`it says ${sampleRate} Hz; up to ${highestRate} are read`);
  const width = Math.ceil(bits / 8);
  const read = readers[`${kind}/${width}`];
  if (!read)
    return fail(
      `its samples are of kind ${kind} with ${bits} bits; whole numbers of 8 to 32 bits and floats of 32 or 64 are read: convert it`,
    );
  if (block !== width * channels) return fail(`it says ${block} bytes for ${channels} samples of ${bits} bits`);
  return { channels, sampleRate, width, read };
}

/** Format and samples' bytes of a WAV file; chunks of other kinds are passed over. */
function findData(bytes: Uint8Array, fail: (what: string) => never): { format: Format; data: DataView } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const part = (start: number, length: number): DataView =>
    new DataView(bytes.buffer, bytes.byteOffset + start, Math.min(length, bytes.length - start));
  let format: Format | undefined;
  for (const { type, size, start } of chunksOf(view)) {
    if (type === "fmt ") format = parseFormat(part(start, size), fail);
    if (type === "data") {
      if (!format) return fail("its format comes after its samples or is missing; convert it again");
      // A stream's writer does not know the sizes; one that was stopped leaves those of an empty file.
      const unknown = size >= unknownSize || (size === 0 && 8 + view.getUint32(4, true) <= start);
      const data = part(start, unknown ? Number.POSITIVE_INFINITY : size);
      if (!unknown && data.byteLength < size)
        return fail(`it ends after ${data.byteLength} of ${size} bytes of samples; copy or download it again`);
      return { format, data };
    }
  }
  return fail(`it ends before its ${format ? "samples" : "format"}; copy or download it again`);
}

/**
 * The sound in a WAV file: whole numbers of 8 to 32 bits or floats of 32 or 64, any number of channels, any rate. Throws a
 * UserError for a file that is none, is damaged, ends early, has no samples or some that are no numbers.
 */
export function readWav(bytes: Uint8Array, name: string): Sound {
  const fail = (what: string): never => {
    throw new UserError(`${name}: ${what}`);
  };
  if (!isWav(bytes)) return fail("not a WAV file");
  const { format, data } = findData(bytes, fail);
  const { channels: count, sampleRate, width, read } = format;
  const length = Math.floor(data.byteLength / (width * count));
  if (length === 0) return fail("there are no samples in it");
  const channels = Array.from({ length: count }, () => new Float32Array(length));
  for (const [c, channel] of channels.entries())
    for (let i = 0, at = c * width; i < length; i++, at += width * count) channel[i] = read(data, at);
  for (const [c, channel] of channels.entries()) {
    const wrong = channel.findIndex((sample) => !Number.isFinite(sample));
    if (wrong >= 0) return fail(`sample ${wrong} of channel ${c + 1} is ${channel[wrong]}; mend or convert the file`);
  }
  return { sampleRate, channels };
}
