import { UserError } from "../errors.ts";
import type { Picture } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { type Resampling, resize } from "./resize.ts";
import { toRgb } from "./tensor.ts";

type Triple = readonly [number, number, number];

/** What happens to a picture before CLIP's vision tower sees it. */
export interface ClipPreprocessing {
  /** The shorter side is resized to this, or both sides to the given lengths; not at all when undefined. */
  readonly size: number | { readonly width: number; readonly height: number } | undefined;
  readonly filter: Resampling;
  /** Cut from the centre; not at all when undefined. */
  readonly crop: { readonly width: number; readonly height: number } | undefined;
  /** By which the bytes are multiplied; undefined divides by 255. */
  readonly rescale: number | undefined;
  readonly mean: Triple;
  readonly std: Triple;
  /**
   * `transformers` converts to RGB first and rounds the crop's corner down; `openai` converts after the crop and rounds
   * half to even.
   */
  readonly order: "transformers" | "openai";
}

/** The preprocessing of OpenAI's release, for a vision tower that sees `size`×`size` pixels. */
export const openaiPreprocessing = (size: number): ClipPreprocessing => ({
  size,
  filter: "bicubic",
  crop: { width: size, height: size },
  rescale: undefined,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  order: "openai",
});

/** Pixels of a resized picture, of which only the middle is seen. */
const mostPixels = 2 ** 25;

const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x);
};

/** Width and height after resizing. Throws a UserError for a picture that is too narrow. */
export function resizedSize(
  { width, height }: Pick<Picture, "width" | "height">,
  { size }: ClipPreprocessing,
): readonly [width: number, height: number] {
  if (size === undefined) return [width, height];
  if (typeof size === "object") return [size.width, size.height];
  const long = Math.floor((size * Math.max(width, height)) / Math.min(width, height));
  if (long * size > mostPixels)
    throw new UserError(`the picture is ${width}x${height}, too narrow to be resized for CLIP: crop it first`);
  return width <= height ? [size, long] : [long, size];
}

/** Resizes, as far as the centre that is cut out needs it. */
function resizedCentre(picture: Picture, preprocessing: ClipPreprocessing): Picture {
  const { crop: window, order, filter } = preprocessing;
  const [width, height] = resizedSize(picture, preprocessing);
  if (!window) return resize(picture, width, height, filter);
  const corner = order === "openai" ? roundHalfToEven : Math.floor;
  const [left, top] = [(width - window.width) / 2, (height - window.height) / 2];
  if (left < 0 || top < 0)
    throw new UserError(
      `the picture is ${width}x${height} after resizing, but ${window.width}x${window.height} are to be cut from it: choose a larger size in preprocessor_config.json`,
    );
  return resize(picture, width, height, filter, { ...window, left: corner(left), top: corner(top) });
}

/** What each byte of a channel becomes. */
function valuesOf(mean: number, std: number, rescale: number | undefined): Float32Array {
  const [offset, scale] = [Math.fround(mean), Math.fround(std)];
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const value = Math.fround(rescale === undefined ? byte / 255 : byte * rescale);
    return Math.fround(value - offset) / scale;
  });
}

/** One channel of RGB bytes. */
function channel(rgb: Uint8Array, c: number, values: Float32Array, plane: Float32Array): void {
  for (let i = 0, at = c; i < plane.length; i++, at += 3) plane[i] = values[rgb[at]!]!;
}

/** Pictures → `pixel_values` (n, 3, height, width), computed in single precision as the reference does. */
export function clipPixels(pictures: readonly Picture[], preprocessing: ClipPreprocessing): NdArray<"f32"> {
  const { rescale, order, mean, std } = preprocessing;
  const seen = pictures.map((picture) => {
    const first = order === "transformers" ? toRgb(picture) : picture;
    return toRgb(resizedCentre(first, preprocessing));
  });
  const { width, height } = seen[0] ?? { width: 0, height: 0 };
  const plane = width * height;
  const pixels = new Float32Array(seen.length * 3 * plane);
  for (const [n, picture] of seen.entries()) {
    if (picture.width !== width || picture.height !== height)
      throw new Error(`clipPixels: ${picture.width}x${picture.height} beside ${width}x${height}`);
    for (let c = 0; c < 3; c++) {
      const at = (n * 3 + c) * plane;
      channel(picture.data, c, valuesOf(mean[c]!, std[c]!, rescale), pixels.subarray(at, at + plane));
    }
  }
  return ndarray(pixels, [seen.length, 3, height, width]);
}
