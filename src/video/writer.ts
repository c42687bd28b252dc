import type { Sound } from "../audio/sound.ts";
import { UsageError, UserError } from "../errors.ts";
import { flatten } from "../image/tensor.ts";
import type { Picture } from "../runtime/host.ts";

export interface VideoOptions {
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly fps: number;
  /** How often GIF, WebP and APNG are played; 0, the default, is without end. */
  readonly loop?: number;
  /** How the pictures were made; it goes into the file. */
  readonly metadata?: string;
  /** Heard from the first picture on, and cut where they end; only files that `carriesSound` names have it. */
  readonly audio?: Sound;
}

/** Takes pictures one by one; memory does not grow with their number. */
export interface VideoWriter {
  write(picture: Picture): Promise<void>;
  /** Ends the file and gives it its name; until then there is nothing under that. */
  close(): Promise<void>;
  /** Ends without a file. Of a folder the pictures stay. */
  abort(): Promise<void>;
}

export type VideoFormat = "gif" | "webp" | "apng" | "mp4" | "webm" | "folder";

const formats: Readonly<Record<string, VideoFormat>> = {
  gif: "gif",
  webp: "webp",
  png: "apng",
  apng: "apng",
  mp4: "mp4",
  webm: "webm",
};

/** The format that a path's ending names; a folder's ends in a slash. Throws a UsageError that lists them. */
export function videoFormat(path: string): VideoFormat {
  if (path.endsWith("/")) return "folder";
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  if (Object.hasOwn(formats, ending)) return formats[ending]!;
  const known = Object.keys(formats).map((name) => `.${name}`);
  throw new UsageError(
    `${path} does not end in ${known.slice(0, -1).join(", ")} or ${known.at(-1)}, which decide the format, nor in / for a folder of pictures`,
  );
}

/** Whether a track can go into a file of that name. */
export const carriesSound = (path: string): boolean => /\.(mp4|webm)$/i.test(path);

/** Throws a UserError where a format cannot hold such pictures. */
export function checkVideo(path: string, format: VideoFormat, { width, height, fps }: VideoOptions): void {
  const fail = (what: string): never => {
    throw new UserError(`cannot write ${path}: ${what}`);
  };
  if (!(fps >= 0.01 && fps <= 1000)) fail(`${fps} pictures a second are not from 0.01 to 1000`);
  if (format === "gif" && fps > 50)
    fail(`programs show at most 50 pictures a second of a GIF, not ${fps}; lower --fps or take .webp or .mp4`);
  const most = { gif: 65535, webp: 16383, apng: 65535, mp4: 16384, webm: 16384, folder: 65535 }[format];
  if (Math.max(width, height) > most) fail(`${width}x${height} is larger than ${most} pixels on a side`);
  if (format === "mp4" && (width % 2 === 1 || height % 2 === 1))
    fail(`H.264 needs an even width and height, not ${width}x${height}; take .webm, .webp or .gif`);
}

/** The picture in three channels, transparent pixels over white. Throws an Error where it has another size. */
export function fitted(picture: Picture, { width, height }: VideoOptions): Picture {
  if (picture.width !== width || picture.height !== height)
    throw new Error(`a picture of ${picture.width}x${picture.height} in a video of ${width}x${height}`);
  return flatten(picture);
}

/** When picture k ends, in whole units of which a second has `unit`: rounded once, so that no error sums up. */
export const endOf = (k: number, fps: number, unit: number): number => Math.round(((k + 1) * unit) / fps);

/** How long picture k is shown. Together they last as long as the pictures, to within half a unit. */
export const delayOf = (k: number, fps: number, unit: number): number => endOf(k, fps, unit) - endOf(k - 1, fps, unit);
