import { extname } from "node:path";
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

/** Decodes a picture file and makes its thumbnail. Throws a UserError as `decodePicture` does. */
export async function seePicture(bytes: Uint8Array, name: string): Promise<SeenPicture> {
  const picture = await decodePicture(bytes, name);
  const sharp = await loadSharp();
  const { format: found, pages = 1, space, exif } = await sharp(bytes).metadata();
  const format = found === "heif" ? "avif" : found;
  const { width, height, channels, data } = picture;
  const small = sharp(data, { raw: { width, height, channels } })
    .resize({ width: edge, height: edge, fit: "inside", withoutEnlargement: true, fastShrinkOnLoad: true })
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
