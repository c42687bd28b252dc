import { extname } from "node:path";
import type { Picture } from "../../runtime/host.ts";
import type { SeenPicture } from "../../runtime/picture-files.ts";
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

/** Pixels from which pictures are decoded one at a time: a large one takes a gigabyte. */
const many = 2 ** 24;
let decoding: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = decoding.then(work);
  decoding = result.catch(() => {});
  return result;
}

/** Decodes a picture file and makes its thumbnail. Throws a UserError as `decodePicture` does. */
export async function seePicture(bytes: Uint8Array, name: string): Promise<SeenPicture> {
  const sharp = await loadSharp();
  const describe = async () => sharp(bytes).metadata();
  const about = await describe().catch(() => undefined);
  const decode = (): Promise<Picture> => decodePicture(bytes, name, about);
  const isLarge = about !== undefined && about.width * about.height > many;
  const picture = await (isLarge ? inTurn(decode) : decode());
  const { format: found, pages = 1, space, exif, orientation = 1 } = about!;
  const format = found === "heif" ? "avif" : found;
  const isSmall = Math.max(picture.width, picture.height) <= edge && bytes.length <= fewBytes;
  const isPlain = ["png", "jpeg", "webp"].includes(format) && pages === 1 && orientation === 1 && space !== "cmyk";
  const remarks: string[] = [];
  if (!endings[format]!.includes(extname(name).toLowerCase()))
    remarks.push(`is ${format.toUpperCase()} by its contents, whatever its name ends in`);
  if (pages > 1) remarks.push("has several frames or pages, of which the first was taken");
  if (space === "cmyk") remarks.push("has colours for print (CMYK), which were converted");
  return {
    picture,
    thumbnail: isSmall && isPlain ? bytes : await thumbnail(picture),
    format,
    exif: exif && new Uint8Array(exif),
    remarks,
  };
}

async function thumbnail({ width, height, channels, data }: Picture): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const small = sharp(data, { raw: { width, height, channels } })
    .resize({ width: edge, height: edge, fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80, effort: 0 });
  return new Uint8Array(await small.toBuffer());
}
