import type { Picture } from "./host.ts";

/** A folder somewhere below another one. */
export interface Folder {
  /** From the outer one, with slashes; `""` for that itself. */
  readonly path: string;
  /** Of its files, sorted. */
  readonly names: readonly string[];
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** A folder and all folders below it; links to folders are not followed. */
export type Walk = (root: string) => AsyncIterable<Folder>;

/** A picture file, decoded, and what it tells. */
export interface SeenPicture {
  /** Upright; of an animation the first frame. */
  readonly picture: Picture;
  /** A WebP of few kilobytes, or the file itself where that is as small. */
  readonly thumbnail: Uint8Array;
  /** `png`, `jpeg`, `webp`, `avif`, `gif` or `tiff`. */
  readonly format: string;
  /** EXIF block: a TIFF directory. */
  readonly exif: Uint8Array | undefined;
  /** What is unusual, a clause each: `animated, its first frame was taken`. */
  readonly remarks: readonly string[];
}

/** Decodes a picture file. Throws a UserError for what is no picture, is damaged or too large. */
export type See = (bytes: Uint8Array, name: string) => Promise<SeenPicture>;
