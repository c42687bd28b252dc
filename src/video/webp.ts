import { exifComment } from "../image/exif-comment.ts";
import type { Picture } from "../runtime/host.ts";
import type { Container, Finished } from "./container.ts";
import { delayOf, type VideoOptions } from "./writer.ts";

/** A whole WebP file of one picture. */
export type EncodeWebp = (picture: Picture) => Promise<Uint8Array>;

/** Animated WebP (RFC 9649): the pictures of single files behind each other. */
export class Webp implements Container {
  readonly #options: VideoOptions;
  readonly #encode: EncodeWebp;
  #count = 0;
  #length = 0;

  constructor(options: VideoOptions, encode: EncodeWebp) {
    this.#options = options;
    this.#encode = encode;
  }

  async add(picture: Picture): Promise<readonly Uint8Array[]> {
    const first = this.#count === 0 ? [riff(0), ...this.#head()] : [];
    const { width, height, fps } = this.#options;
    const control = new Uint8Array(16);
    const view = new DataView(control.buffer);
    u24(view, 6, width - 1);
    u24(view, 9, height - 1);
    u24(view, 12, delayOf(this.#count++, fps, 1000));
    control[15] = 2; // replaces what was there
    const image = imageChunk(await this.#encode(picture));
    const frame = [chunkHead("ANMF", control.length + image.length), control, image];
    return this.#counted([...first, ...frame]);
  }

  async finish(): Promise<Finished> {
    const { metadata } = this.#options;
    const tail = this.#counted(metadata ? chunk("EXIF", exifComment(metadata)) : []);
    return { tail, corrections: [{ at: 0, bytes: riff(this.#length - 8) }] };
  }

  #head(): Uint8Array[] {
    const { width, height, loop = 0, metadata } = this.#options;
    const canvas = new Uint8Array(10);
    canvas[0] = 0x02 | (metadata ? 0x08 : 0); // animation, Exif
    u24(new DataView(canvas.buffer), 4, width - 1);
    u24(new DataView(canvas.buffer), 7, height - 1);
    const animation = new Uint8Array(6);
    animation.set([255, 255, 255, 255]); // what is behind the pictures
    new DataView(animation.buffer).setUint16(4, loop, true);
    return [...chunk("VP8X", canvas), ...chunk("ANIM", animation)];
  }

  #counted(parts: Uint8Array[]): Uint8Array[] {
    for (const { length } of parts) this.#length += length;
    return parts;
  }
}

function u24(view: DataView, at: number, value: number): void {
  view.setUint16(at, value & 0xffff, true);
  view.setUint8(at + 2, value >> 16);
}

function chunkHead(name: string, length: number): Uint8Array {
  const head = new Uint8Array(8);
  for (let i = 0; i < 4; i++) head[i] = name.charCodeAt(i);
  new DataView(head.buffer).setUint32(4, length, true);
  return head;
}

/** Chunks have even lengths in the file. */
const chunk = (name: string, data: Uint8Array): Uint8Array[] => [
  chunkHead(name, data.length),
  data,
  new Uint8Array(data.length % 2),
];

/** The start of a file; `length` is that of all that follows its first eight bytes. */
function riff(length: number): Uint8Array {
  const head = new Uint8Array(12);
  head.set(chunkHead("RIFF", length));
  head.set(new TextEncoder().encode("WEBP"), 8);
  return head;
}

/** The chunk of a WebP file that holds an opaque picture. */
function imageChunk(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 12; at + 8 <= file.length; ) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (name === "VP8 " || name === "VP8L") return file.subarray(at, end);
    at = end;
  }
  throw new Error("a WebP file without a picture");
}
