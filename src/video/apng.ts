import { type Deflate, headerChunk, joinChunks, type PngChunk, packPixels, signature } from "../image/png.ts";
import { textChunk } from "../image/png-text.ts";
import { crop } from "../image/resize.ts";
import type { Picture } from "../runtime/host.ts";
import { type Container, type Finished, type Region, regionOf } from "./container.ts";
import { delayOf, type VideoOptions } from "./writer.ts";

/** Animated PNG (PNG specification 3, section 11.3.4.6 on): each picture writes the rectangle in which it differs. */
export class Apng implements Container {
  readonly #options: VideoOptions;
  readonly #deflate: Deflate;
  /** Parts of a second in which delays are counted: as many as there are pictures, where that is a whole number. */
  readonly #unit: number;
  #count = 0;
  /** Control and data chunks are numbered together. */
  #sequence = 0;
  #last: Picture | undefined;

  constructor(options: VideoOptions, deflate: Deflate) {
    this.#options = options;
    this.#deflate = deflate;
    this.#unit = Number.isInteger(options.fps) ? options.fps : 1000;
  }

  async add(picture: Picture): Promise<readonly Uint8Array[]> {
    const last = this.#last;
    this.#last = picture;
    if (!last) return [signature, joinChunks([...this.#head(picture), ...(await this.#first(picture))])];
    const region = regionOf(picture.width, picture.height, (i) => differ(picture.data, last.data, 3 * i));
    const part = crop(picture, region.left, region.top, region.width, region.height);
    const pixels = await packPixels(part, this.#deflate);
    const control = this.#control(region);
    const data = new Uint8Array(4 + pixels.length);
    new DataView(data.buffer).setUint32(0, this.#sequence++);
    data.set(pixels, 4);
    return [joinChunks([control, { type: "fdAT", data }])];
  }

  async finish(): Promise<Finished> {
    return {
      tail: [joinChunks([{ type: "IEND", data: new Uint8Array() }])],
      corrections: [{ at: signature.length + headerLength, bytes: joinChunks([this.#animation()]) }],
    };
  }

  #head(picture: Picture): PngChunk[] {
    const { metadata } = this.#options;
    return [headerChunk(picture), this.#animation(), ...(metadata ? [textChunk("parameters", metadata)] : [])];
  }

  async #first(picture: Picture): Promise<PngChunk[]> {
    const control = this.#control({ left: 0, top: 0, width: picture.width, height: picture.height });
    return [control, { type: "IDAT", data: await packPixels(picture, this.#deflate) }];
  }

  /** How many pictures there are, and how often they are played. */
  #animation(): PngChunk {
    const data = new Uint8Array(8);
    const view = new DataView(data.buffer);
    view.setUint32(0, this.#count);
    view.setUint32(4, this.#options.loop ?? 0);
    return { type: "acTL", data };
  }

  /** Where and how long the next picture is; it stays, and its pixels replace the others. */
  #control({ left, top, width, height }: Region): PngChunk {
    const data = new Uint8Array(26);
    const view = new DataView(data.buffer);
    for (const [i, value] of [this.#sequence++, width, height, left, top].entries()) view.setUint32(4 * i, value);
    view.setUint16(20, delayOf(this.#count++, this.#options.fps, this.#unit));
    view.setUint16(22, this.#unit);
    return { type: "fcTL", data };
  }
}

/** Bytes of the IHDR chunk. */
const headerLength = 25;

const differ = (a: Uint8Array, b: Uint8Array, at: number): boolean =>
  a[at] !== b[at] || a[at + 1] !== b[at + 1] || a[at + 2] !== b[at + 2];
