import type { NdArray } from "../runtime/ndarray.ts";

/** A picture file, and what it tells. */
export interface SeenPicture {
  /** Pixels, upright; of an animation the first frame's. */
  readonly width: number;
  readonly height: number;
  /** What CLIP sees of it, (1 3 h w). */
  readonly pixels: NdArray<"f32">;
  /** A JPEG of few kilobytes, a WebP where there is alpha, or the file itself where that is as small. */
  readonly thumbnail: Uint8Array;
  /** `png`, `jpeg`, `webp`, `avif`, `gif` or `tiff`. */
  readonly format: string;
  /** EXIF block: a TIFF directory. */
  readonly exif: Uint8Array | undefined;
  /** What is unusual, a clause each: `animated, its first frame was taken`. */
  readonly remarks: readonly string[];
}

/** Decodes a picture file, whose bytes it may take away. Throws a UserError for what is no picture, damaged or too large. */
export type See = (bytes: Uint8Array, name: string) => Promise<SeenPicture>;
