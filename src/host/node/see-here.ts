import { extname } from "node:path";
import type { Metadata } from "sharp";
import { UserError } from "../../errors.ts";
import { type ClipPreprocessing, clipPixels, resizedSize } from "../../image/clip-preprocess.ts";
import { resize } from "../../image/resize.ts";
import type { SeenPicture } from "../../image/see.ts";
import type { Picture } from "../../runtime/host.ts";
import { decodePicture, loadSharp } from "./picture.ts";

/** Longest side of a thumbnail, in pixels. */
const edge = 128;

const endings: Readonly<Record<string, readonly string[]>> = {
  png: [".png"],
  jpeg: [".jpg", ".jpeg", ".jfif"],
  webp: [".webp"],
  avif: [".avif", ".heif", ".heic"],
  gif: [".gif"],
  tiff: [".tif", ".tiff"],
};

/** Bytes of the largest file that is its own thumbnail. */
const fewBytes = 2 ** 14;

/** Pixels that are decoded whole for their alpha's sake: 64 MB. */
const many = 2 ** 24;

/** Decodes a picture file for a CLIP and makes its thumbnail. Throws a UserError as `decodePicture` does. */
export async function seeHere(bytes: Uint8Array, name: string, preprocessing: ClipPreprocessing): Promise<SeenPicture> {
  const sharp = await loadSharp();
  const describe = async () => sharp(bytes).metadata();
  const about = await describe().catch(() => undefined);
  const size = about && within(name, () => smallerSize(about, preprocessing));
  const picture = await decodePicture(bytes, name, { about, size });
  const { format: found, pages = 1, space, exif, orientation = 1, autoOrient } = about!;
  const { width, height } = autoOrient;
  const format = found === "heif" ? "avif" : found;
  const isSmall = Math.max(width, height) <= edge && bytes.length <= fewBytes;
  const isPlain = ["png", "jpeg", "webp"].includes(format) && pages === 1 && orientation === 1 && space !== "cmyk";
  const remarks: string[] = [];
  if (!endings[format]!.includes(extname(name).toLowerCase()))
    remarks.push(`is ${format.toUpperCase()} by its contents, whatever its name ends in`);
  if (pages > 1) remarks.push("has several frames or pages, of which the first was taken");
  if (space === "cmyk") remarks.push("has colours for print (CMYK), which were converted");
  return {
    width,
    height,
    pixels: within(name, () => clipPixels([picture], preprocessing)),
    thumbnail: isSmall && isPlain ? bytes : await thumbnail(picture),
    format,
    exif: exif && new Uint8Array(exif),
    remarks,
  };
}

/** Says of which picture a UserError is. */
function within<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${name}: ${error.message}`) : error;
  }
}

/**
 * What a picture is shrunk to while it is decoded, which takes a third of the time that decoding first would: as CLIP wants
 * it, but no smaller than its thumbnail. One with alpha is decoded whole, since some models drop that before they shrink,
 * unless that would take much memory.
 */
function smallerSize(
  { autoOrient, hasAlpha }: Metadata,
  preprocessing: ClipPreprocessing,
): readonly [width: number, height: number] | undefined {
  const [width, height] = resizedSize(autoOrient, preprocessing);
  const scale = Math.max(1, edge / Math.max(width, height));
  const size = [Math.round(width * scale), Math.round(height * scale)] as const;
  const isWhole = hasAlpha && autoOrient.width * autoOrient.height <= many;
  return !isWhole && size[0] < autoOrient.width && size[1] < autoOrient.height ? size : undefined;
}

/** Longest side `edge`. */
async function thumbnail(picture: Picture): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
  const side = (pixels: number): number => Math.max(1, Math.round(scale * pixels));
  const { width, height, channels, data } = resize(picture, side(picture.width), side(picture.height), "bilinear");
  const small = sharp(data, { raw: { width, height, channels } });
  const encoded = channels === 4 ? small.webp({ quality: 80, effort: 0 }) : small.jpeg({ quality: 80 });
  return new Uint8Array(await encoded.toBuffer());
}
