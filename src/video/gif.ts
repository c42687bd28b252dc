import type { Picture } from "../runtime/host.ts";
import { type Container, type Finished, type Region, regionOf } from "./container.ts";
import { Lzw } from "./lzw.ts";
import { Palette } from "./palette.ts";
import { delayOf, type VideoOptions } from "./writer.ts";

/** Finds up to so many colours that stand for a picture's; red, green and blue of each. */
export type Quantize = (picture: Picture, colours: number) => Promise<Uint8Array>;

/** One of the 256 numbers of a GIF says that a pixel stays as it is. */
const mostColours = 255;

/** A palette stays while its error is at most so many times that of the picture that it was made for, and a little. */
const tolerated = 1.1;

/**
 * GIF89a. Each picture has a palette of its own, or an earlier one that serves it as well, and writes only what an earlier
 * picture does not show as truly.
 */
export class Gif implements Container {
  readonly #options: VideoOptions;
  readonly #quantize: Quantize;
  #count = 0;
  /** The first picture's palette, which needs no mention later. */
  #global: Palette | undefined;
  #coder: Coder | undefined;
  /** The colours that are to be seen, red, green and blue of each pixel. */
  readonly #seen: Uint8Array;

  constructor(options: VideoOptions, quantize: Quantize) {
    this.#options = options;
    this.#quantize = quantize;
    this.#seen = new Uint8Array(3 * options.width * options.height);
  }

  async add(picture: Picture): Promise<readonly Uint8Array[]> {
    let mapped = this.#coder?.palette.map(picture);
    if (!this.#coder || !mapped || mapped.error > tolerated * this.#coder.error + 0.5) {
      const palette = new Palette(await this.#quantize(picture, mostColours));
      mapped = palette.map(picture);
      this.#coder = { palette, lzw: new Lzw(bitsFor(palette)), error: mapped.error };
    }
    const frame = this.#frame(picture, mapped.numbers, this.#coder);
    return this.#count++ === 0 ? [header(this.#options, this.#coder.palette), frame] : [frame];
  }

  async finish(): Promise<Finished> {
    return { tail: [Uint8Array.of(0x3b)], corrections: [] };
  }

  #frame(picture: Picture, numbers: Uint8Array, { palette, lzw }: Coder): Uint8Array {
    const { width, height } = picture;
    this.#global ??= palette;
    const { size: same } = palette;
    const changes = this.#show(picture, numbers, palette);
    const region = regionOf(width, height, (i) => changes[i] !== same);
    const delay = delayOf(this.#count, this.#options.fps, 100);
    const { left, top } = region;
    const bits = bitsFor(palette);
    return bytes(
      [0x21, 0xf9, 4, (1 << 2) | 1, ...u16(delay), same, 0],
      [0x2c, ...u16(left), ...u16(top), ...u16(region.width), ...u16(region.height)],
      palette === this.#global ? [0] : [0x80 | (bits - 1), ...table(palette)],
      [bits],
      blocks(lzw.pack(cut(changes, width, region))),
    );
  }

  /** Shows the numbers' colours where they are truer than what is seen; the others become the number of a gap. */
  #show({ data }: Picture, numbers: Uint8Array, palette: Palette): Uint8Array {
    const { colours, size: same } = palette;
    const seen = this.#seen;
    return numbers.map((number, i) => {
      const at = 3 * i;
      const missed = palette.distance(number, data[at]!, data[at + 1]!, data[at + 2]!);
      if (this.#count > 0 && distance(seen, data, at) <= missed) return same;
      for (let c = 0; c < 3; c++) seen[at + c] = colours[3 * number + c]!;
      return number;
    });
  }
}

const distance = (a: Uint8Array, b: Uint8Array, at: number): number =>
  (a[at]! - b[at]!) ** 2 + (a[at + 1]! - b[at + 1]!) ** 2 + (a[at + 2]! - b[at + 2]!) ** 2;

/** What pictures are coded with. */
interface Coder {
  readonly palette: Palette;
  readonly lzw: Lzw;
  /** Of the palette in the picture that it was made for. */
  readonly error: number;
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
