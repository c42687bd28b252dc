import type { Picture } from "../runtime/host.ts";

/** A file format that pictures are added to one by one; its bytes are written in the order in which they come. */
export interface Container {
  /** One more picture, in three channels and the size of the video. */
  add(picture: Picture): Promise<readonly Uint8Array[]>;
  /** Called once, after one picture at least. */
  finish(): Promise<Finished>;
}

export interface Finished {
  /** What comes after all pictures. */
  readonly tail: readonly Uint8Array[];
  /** What is known only now, and where in the file it belongs. */
  readonly corrections: readonly Correction[];
}

export interface Correction {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A rectangle of a picture's pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle that holds all pixels for which `changed` holds; one pixel where there are none. */
export function regionOf(width: number, height: number, changed: (pixel: number) => boolean): Region {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, pixel = 0; y < height; y++)
    for (let x = 0; x < width; x++, pixel++) {
      if (!changed(pixel)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (top === height) top = y;
      bottom = y;
    }
  if (bottom < 0) return { left: 0, top: 0, width: 1, height: 1 };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}
