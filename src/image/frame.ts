/** img2dataset's ways to make pictures one size. */
export const resizeModes = ["no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"] as const;

export type ResizeMode = (typeof resizeModes)[number];

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a picture comes to its size: scaled, then cut from its centre, or laid on the middle of a white sheet. */
export interface Frame {
  readonly scaled: Size;
  readonly outer: Size;
}

const sides = (width: number, height: number): Size => ({
  width: Math.max(1, Math.round(width)),
  height: Math.max(1, Math.round(height)),
});

/**
 * The frame of a picture: `border` fits all of it into a square with white around, `center_crop` fills a square,
 * `keep_ratio` makes the shorter side `size`, `keep_ratio_largest` the longer one, `no` leaves it as it is.
 */
export function frameOf(mode: ResizeMode, size: number, { width, height }: Size): Frame {
  const scaledBy = (factor: number): Size => sides(width * factor, height * factor);
  const square: Size = { width: size, height: size };
  const toShorter = scaledBy(size / Math.min(width, height));
  const toLonger = scaledBy(size / Math.max(width, height));
  const frames: Readonly<Record<ResizeMode, () => Frame>> = {
    no: () => ({ scaled: { width, height }, outer: { width, height } }),
    border: () => ({ scaled: toLonger, outer: square }),
    keep_ratio: () => ({ scaled: toShorter, outer: toShorter }),
    keep_ratio_largest: () => ({ scaled: toLonger, outer: toLonger }),
    center_crop: () => ({ scaled: toShorter, outer: square }),
  };
  return frames[mode]();
}
