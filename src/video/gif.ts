import type { Picture } from "../runtime/host.ts";
import { type Container, type Finished, type Region, regionOf } from "./container.ts";
import { Lzw } from "./lzw.ts";
import { Palette } from "./palette.ts";
import { delayOf, type VideoOptions } from "./writer.ts";

/** Finds up to so many colours that stand for a picture's; red, green and blue of each. */
export type Quantize = (picture: Picture, colours: number) => Promise<Uint8Array>;

/** One of the 256 numbers of a GIF says that a pixel stays as it is. */
const mostColours = 255;

/** Pixels of the pictures that share a palette: they wait in memory until it is found. */
const groupPixels = 2 ** 23;

/** Pixels that a palette is found from. */
const samplePixels = 2 ** 18;

/** An older palette stays while its error is at most this much larger than a new one's. */
const tolerated = 1.15;

/**
 * GIF89a. Pictures are gathered to groups that share a palette, short videos to one, and each picture writes only what
 * differs from the one before.
 */
export class Gif implements Container {
  readonly #options: VideoOptions;
  readonly #quantize: Quantize;
  #waiting: Picture[] = [];
  #count = 0;
  #coder: { readonly palette: Palette; readonly lzw: Lzw } | undefined;
  /** The first group's, which needs no mention; larger than it by what fills it to a power of two. */
  #global: Palette | undefined;
  /** The colours that are to be seen, 0xrrggbb. */
  readonly #seen: Int32Array;

  constructor(options: VideoOptions, quantize: Quantize) {
    this.#options = options;
    this.#quantize = quantize;
    this.#seen = new Int32Array(options.width * options.height).fill(-1);
  }

  async add(picture: Picture): Promise<readonly Uint8Array[]> {
    this.#waiting.push(picture);
    return (this.#waiting.length + 1) * this.#seen.length > groupPixels ? this.#writeGroup() : [];
  }

  async finish(): Promise<Finished> {
    return { tail: [...(await this.#writeGroup()), Uint8Array.of(0x3b)], corrections: [] };
  }

  async #writeGroup(): Promise<Uint8Array[]> {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return [];
    const sample = sampleOf(group);
    const fresh = new Palette(await this.#quantize(sample, mostColours));
    if (!this.#coder || this.#coder.palette.error(sample) > tolerated * fresh.error(sample) + 1)
      this.#coder = { palette: fresh, lzw: new Lzw(bitsFor(fresh)) };
    const { palette, lzw } = this.#coder;
    const written: Uint8Array[] = [];
    if (!this.#global) {
      this.#global = palette;
      written.push(header(this.#options, palette));
    }
    for (const picture of group) written.push(this.#frame(picture, palette, lzw));
    return written;
  }

  #frame(picture: Picture, palette: Palette, lzw: Lzw): Uint8Array {
    const { width, height } = picture;
    const { colours, size: same } = palette;
    const numbers = palette.numbers(picture);
    const rgb = (number: number): number =>
      (colours[3 * number]! << 16) | (colours[3 * number + 1]! << 8) | colours[3 * number + 2]!;
    const wanted = Int32Array.from({ length: same }, (_, number) => rgb(number));
    const region = regionOf(width, height, (i) => wanted[numbers[i]!] !== this.#seen[i]);
    const whole = cut(numbers, width, region);
    for (const [i, number] of numbers.entries()) if (wanted[number] === this.#seen[i]) numbers[i] = same;
    const changes = cut(numbers, width, region);
    for (const [i, number] of numbers.entries()) if (number !== same) this.#seen[i] = wanted[number]!;
    const bits = bitsFor(palette);
    // Gaps compress worse than what they leave out where pixels change here and there.
    const [a, b] = [lzw.pack(whole), lzw.pack(changes)];
    const delay = delayOf(this.#count++, this.#options.fps, 100);
    const { left, top } = region;
    return bytes(
      [0x21, 0xf9, 4, (1 << 2) | 1, ...u16(delay), same, 0],
      [0x2c, ...u16(left), ...u16(top), ...u16(region.width), ...u16(region.height)],
      palette === this.#global ? [0] : [0x80 | (bits - 1), ...table(palette)],
      [bits],
      blocks(a.length < b.length ? a : b),
    );
  }
}

/** Bits of a number: of a colour or of the gap that follows them. */
const bitsFor = ({ size }: Palette): number => Math.max(2, Math.ceil(Math.log2(size + 1)));

function table(palette: Palette): Uint8Array {
  const filled = new Uint8Array(3 << bitsFor(palette));
  filled.set(palette.colours);
  return filled;
}

function header({ width, height, loop = 0, metadata }: VideoOptions, palette: Palette): Uint8Array {
  const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
  // Netscape's extension counts how often it is played again.
  const again = loop === 1 ? [] : [0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, ...u16(Math.max(0, loop - 1)), 0];
  return bytes(
    ascii("GIF89a"),
    [...u16(width), ...u16(height), 0x80 | (7 << 4) | (bitsFor(palette) - 1), 0, 0],
    table(palette),
    again,
    metadata ? [0x21, 0xfe] : [],
    metadata ? blocks(new TextEncoder().encode(metadata)) : [],
  );
}

const u16 = (value: number): [number, number] => [value & 0xff, value >> 8];

/** Data as blocks of up to 255 bytes, each after its length, and an empty one. */
function blocks(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + Math.ceil(data.length / 255) + 1);
  for (let from = 0, at = 0; from < data.length; from += 255) {
    const block = data.subarray(from, from + 255);
    out[at] = block.length;
    out.set(block, at + 1);
    at += block.length + 1;
  }
  return out;
}

function bytes(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function cut(numbers: Uint8Array, width: number, region: Region): Uint8Array {
  const out = new Uint8Array(region.width * region.height);
  for (let y = 0; y < region.height; y++) {
    const from = (region.top + y) * width + region.left;
    out.set(numbers.subarray(from, from + region.width), y * region.width);
  }
  return out;
}

/** Pixels taken at even distances from all pictures. */
function sampleOf(group: readonly Picture[]): Picture {
  const each = group[0]!.width * group[0]!.height;
  // Odd, so that it meets all columns of a picture whose width is a power of two.
  const stride = Math.ceil((group.length * each) / samplePixels) | 1;
  const width = Math.ceil((group.length * each) / stride);
  const data = new Uint8Array(3 * width);
  for (let i = 0; i < width; i++) {
    const at = i * stride;
    const from = 3 * (at % each);
    data.set(group[Math.floor(at / each)]!.data.subarray(from, from + 3), 3 * i);
  }
  return { width, height: 1, channels: 3, data };
}
