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
  const decode = (): Promise<Picture> => decodePicture(bytes, name);
  const isLarge = about !== undefined && about.width * about.height > many;
  const picture = await (isLarge ? inTurn(decode) : decode());
  const { format: found, pages = 1, space, exif } = about!;
  const format = found === "heif" ? "avif" : found;
  const { width, height, channels, data } = picture;
  const small = sharp(data, { raw: { width, height, channels } })
    .resize({ width: edge, height: edge, fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80, effort: 0 });
  const remarks: string[] = [];
  if (!endings[format]!.includes(extname(name).toLowerCase()))
    remarks.push(`is ${format.toUpperCase()} by its contents, whatever its name ends in`);
  if (pages > 1) remarks.push("has several frames or pages, of which the first was taken");
  if (space === "cmyk") remarks.push("has colours for print (CMYK), which were converted");
  return {
    picture,
    thumbnail: new Uint8Array(await small.toBuffer()),
    format,
    exif: exif && new Uint8Array(exif),
    remarks,
  };
}
