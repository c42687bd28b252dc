import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { Metadata } from "sharp";
import { UserError } from "../../errors.ts";
import { encodePng, readChunks } from "../../image/png.ts";
import { flatten } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";

/** Pixels of the largest picture that is decoded: 16384 by 16384. */
const mostPixels = 2 ** 28;

const readable: ReadonlySet<string> = new Set(["png", "jpeg", "webp", "heif", "gif", "tiff"]);

/** Sharp takes 0.15 s and 28 MB to load, so only what needs it loads it. */
export const loadSharp = async (): Promise<typeof import("sharp").default> => (await import("sharp")).default;

/** What sharp found wrong, in a line of our own: its messages run over several. */
function complaint(error: unknown): string {
  const { message } = error as Error;
  if (message.includes("pixel limit"))
    return `the picture has more than ${mostPixels / 2 ** 20} million pixels; make it smaller first`;
  if (message.includes("unsupported image format")) return "not a PNG, JPEG, WebP, AVIF, GIF or TIFF picture";
  return "the picture is damaged or ends early; copy or download it again";
}

export interface DecodeOptions {
  /** What its header says, where that was read already. */
  readonly about?: Metadata | undefined;
  /** Width and height that it is shrunk to, by a bicubic filter that rounds otherwise than `resize`. */
  readonly size?: readonly [width: number, height: number] | undefined;
}

/**
 * Decodes a PNG, JPEG, WebP, AVIF, GIF or TIFF picture to 8-bit sRGB, upright, with alpha where it has any; of an
 * animation the first frame. Throws a UserError for what is no picture, is damaged, ends early or is too large.
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  { about, size }: DecodeOptions = {},
): Promise<Picture> {
  if (bytes.length === 0) throw new UserError(`${name}: the file is empty; choose a picture`);
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, { failOn: "error", limitInputPixels: mostPixels });
    const { format, width, height } = about ?? (await image.metadata());
    if (!readable.has(format)) throw new Error("unsupported image format");
    if (width * height > mostPixels) throw new Error("pixel limit");
    const upright = image.autoOrient().toColourspace("srgb");
    if (size) upright.resize(...size, { fit: "fill", kernel: "cubic" });
    const { data, info } = await upright.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: info.channels as 3 | 4,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (error) {
    throw new UserError(`${name}: ${complaint(error)}`);
  }
}

const compress = promisify<Uint8Array, Uint8Array>(deflate);

/** Encodes a picture; PNG needs no sharp and is the same bytes everywhere, JPEG lays transparent pixels over white. */
export async function encodePicture(picture: Picture, format: "png" | "jpeg" | "webp"): Promise<Uint8Array> {
  if (format === "png") return encodePng(picture, compress);
  const sharp = await loadSharp();
  const { width, height, channels, data } = format === "jpeg" ? flatten(picture) : picture;
  const image = sharp(data, { raw: { width, height, channels } });
  const encoded =
    format === "jpeg"
      ? image.jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
      : image.webp({ quality: 95, smartSubsample: true });
  return new Uint8Array(await encoded.toBuffer());
}

/** Up to so many colours that stand for a picture's: red, green and blue of each. Few colours stay as they are. */
export async function quantize(picture: Picture, colours: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const { width, height, channels, data } = picture;
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: mostPixels });
  const png = await image.png({ palette: true, colours, dither: 0 }).toBuffer();
  // It is asked for a power of two, and the rarest come last.
  return readChunks(png, "palette")
    .find(({ type }) => type === "PLTE")!
    .data.subarray(0, 3 * colours);
}
