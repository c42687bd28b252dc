import { createHash } from "node:crypto";
import type { Sharp } from "sharp";
import { UserError } from "../../../errors.ts";
import { clipPixels } from "../../../image/clip-preprocess.ts";
import { fingerprint } from "../../../image/fingerprint.ts";
import { frameOf } from "../../../image/frame.ts";
import type { Looked, LookOptions, Seen, Unseen } from "../../../image/look.ts";
import type { Picture } from "../../../runtime/host.ts";
import { loadSharp } from "../picture.ts";

/** Pixels of the largest picture that is decoded: 8192 by 8192, which takes 200 MB. */
const mostPixels = 2 ** 26;
/** Seconds for decoding one. */
const longest = 20;

/** What files begin with that are decoded, as Latin letters. Nothing else reaches a decoder: an SVG can take hours. */
const signatures: readonly RegExp[] = [
  /^.PNG\r\n/,
  /^\xff\xd8\xff/,
  /^GIF8[79]a/,
  /^RIFF.{4}WEBP/s,
  /^(II\*|MM.\*)/s,
  /^.{4}ftyp(avif|avis|heic|heix|mif1|msf1)/s,
];

const isReadable = (bytes: Uint8Array): boolean => {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(32, bytes.length)).toString("latin1");
  return signatures.some((pattern) => pattern.test(start));
};

const white = { r: 255, g: 255, b: 255 };

/** Looks at a file: what it is, whether it is one to keep, and what CLIP and a data set need of it. */
export async function lookAt(bytes: Uint8Array, options: LookOptions): Promise<Looked> {
  const began = performance.now();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const seen = await see(bytes, options);
  return { sha256, seen, milliseconds: performance.now() - began };
}

async function see(bytes: Uint8Array, options: LookOptions): Promise<Seen | Unseen> {
  if (bytes.length === 0) return { status: "failed_to_resize", reason: "empty file" };
  if (!isReadable(bytes)) return { status: "failed_to_resize", reason: "not a picture of a kind that is read" };
  const sharp = await loadSharp();
  try {
    const about = await sharp(bytes, { limitInputPixels: false }).metadata();
    const { width, height } = about.autoOrient;
    const original = { width, height };
    const unseen = judge(original, options);
    if (unseen) return { ...unseen, original };
    const remarks = [
      ...((about.pages ?? 1) > 1 ? ["several frames or pages, of which the first was taken"] : []),
      ...(about.space === "cmyk" ? ["colours for print (CMYK), which were converted"] : []),
    ];
    const image = sharp(bytes, { failOn: "error", limitInputPixels: mostPixels }).timeout({ seconds: longest });
    return { ...(await made(framed(image.autoOrient(), original, options), options, sharp)), original, remarks };
  } catch (error) {
    return failure(error as Error);
  }
}

/** What is to be said of a picture by its size alone. */
function judge({ width, height }: Seen["original"], { minSize, maxAspect }: LookOptions): Unseen | undefined {
  if (width * height > mostPixels)
    return { status: "failed_to_resize", reason: `more than ${mostPixels / 2 ** 20} million pixels` };
  if (Math.min(width, height) < minSize) return { status: "filtered", reason: `smaller than ${minSize} pixels` };
  if (Math.max(width, height) > maxAspect * Math.min(width, height))
    return { status: "filtered", reason: `longer than ${maxAspect} times its shorter side` };
  return undefined;
}

/** Over white, as sRGB, at the size asked for. */
function framed(image: Sharp, original: Seen["original"], { resize, size }: LookOptions): Sharp {
  const { scaled, outer } = frameOf(resize, size, original);
  const flat = image.flatten({ background: white }).toColourspace("srgb");
  if (resize === "no") return flat;
  const fit = resize === "border" ? "contain" : resize === "center_crop" ? "cover" : "fill";
  const sides = resize === "keep_ratio" || resize === "keep_ratio_largest" ? scaled : outer;
  return flat.resize({ ...sides, fit, background: white });
}

async function made(image: Sharp, { format, preprocessing }: LookOptions, sharp: typeof import("sharp").default) {
  const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const raw = sharp(data, { raw: { width, height, channels: info.channels } });
  const picture: Picture = { width, height, channels: info.channels as 1 | 3, data: new Uint8Array(data) };
  const pixels = clipPixels([picture], preprocessing);
  const encoders = {
    jpg: () => raw.jpeg({ quality: 95 }),
    png: () => raw.png(),
    webp: () => raw.webp({ quality: 95 }),
  };
  return {
    width,
    height,
    ...fingerprint(picture),
    encoded: new Uint8Array(await encoders[format]().toBuffer()),
    pixels: pixels.data,
    pixelsShape: pixels.shape,
  };
}

function failure(error: Error): Unseen {
  const reason =
    error instanceof UserError
      ? "too narrow for CLIP"
      : /timeout/i.test(error.message)
        ? `not decoded in ${longest} seconds`
        : "damaged or cut off";
  return { status: "failed_to_resize", reason };
}
