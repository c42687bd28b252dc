import type { Picture } from "../runtime/host.ts";

interface Filter {
  /** Radius in source pixels when enlarging; it grows with the scale when shrinking. */
  readonly support: number;
  weight(x: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const filters = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys 1981 with a = -1/2
  bicubic: {
    support: 2,
    weight: (t) => {
      const x = Math.abs(t);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} satisfies Record<string, Filter>;

export type Resampling = keyof typeof filters;

/** 32 bits less 8 for the pixel and 2 for sums of weights above 1: Pillow's 8-bit fixed point. */
const fractionBits = 22;

interface Taps {
  /** First source pixel of every destination pixel. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` weights a destination pixel, scaled by 2^22. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function taps(from: number, to: number, { support, weight }: Filter): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const radius = support * stretch;
  const stride = Math.ceil(radius) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const row = new Float64Array(stride);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - radius + 0.5));
    const n = Math.min(from, Math.trunc(centre + radius + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      row[k] = weight((start + k - centre + 0.5) / stretch);
      sum += row[k]!;
    }
    first[i] = start;
    count[i] = n;
    for (let k = 0; k < n; k++) {
      const exact = (row[k]! / sum) * 2 ** fractionBits;
      weights[i * stride + k] = Math.trunc(exact + (exact < 0 ? -0.5 : 0.5));
    }
  }
  return { first, count, weights, stride };
}

/** Part of an axis: places from the first, inclusive, to the last, exclusive. */
type Range = readonly [start: number, end: number];

/** Rounds to the nearest. */
const half = 2 ** (fractionBits - 1);

/** Resamples the rows of a picture of `channels` bytes a pixel, as far as they are wanted. */
function resampleRows(picture: Picture, to: number, [start, end]: Range, filter: Filter): Uint8Array {
  const { width, height, channels, data: source } = picture;
  const { first, count, weights, stride } = taps(width, to, filter);
  const out = new Uint8ClampedArray(height * (end - start) * channels);
  let target = 0;
  for (let y = 0; y < height; y++)
    for (let x = start; x < end; x++) {
      const origin = (y * width + first[x]!) * channels;
      const [firstWeight, lastWeight] = [x * stride, x * stride + count[x]!];
      if (channels === 3) {
        // Three sums at once take a third of the time.
        let [red, green, blue] = [half, half, half];
        for (let k = firstWeight, at = origin; k < lastWeight; k++, at += 3) {
          const weight = weights[k]!;
          red = (red + Math.imul(source[at]!, weight)) | 0;
          green = (green + Math.imul(source[at + 1]!, weight)) | 0;
          blue = (blue + Math.imul(source[at + 2]!, weight)) | 0;
        }
        out[target++] = red >> fractionBits;
        out[target++] = green >> fractionBits;
        out[target++] = blue >> fractionBits;
      } else
        for (let c = 0; c < channels; c++) {
          let sum = half;
          for (let k = firstWeight, at = origin + c; k < lastWeight; k++, at += channels)
            sum = (sum + Math.imul(source[at]!, weights[k]!)) | 0;
          out[target++] = sum >> fractionBits;
        }
    }
  return new Uint8Array(out.buffer);
}

/** Resamples the columns of lines of `width` bytes. */
function resampleColumns(
  source: Uint8Array,
  width: number,
  from: number,
  to: number,
  [start, end]: Range,
  filter: Filter,
): Uint8Array {
  const { first, count, weights, stride } = taps(from, to, filter);
  const out = new Uint8ClampedArray((end - start) * width);
  const sums = new Int32Array(width);
  for (let y = start; y < end; y++) {
    sums.fill(half);
    for (let k = 0; k < count[y]!; k++) {
      const [weight, line] = [weights[y * stride + k]!, (first[y]! + k) * width];
      for (let i = 0; i < width; i++) sums[i]! += Math.imul(source[line + i]!, weight);
    }
    const target = (y - start) * width;
    for (let i = 0; i < width; i++) out[target + i] = sums[i]! >> fractionBits;
  }
  return new Uint8Array(out.buffer);
}

/** x·a/255 rounded, for bytes. */
const timesAlpha = (x: number, alpha: number): number => {
  const product = x * alpha + 128;
  return ((product >> 8) + product) >> 8;
};

function mapColours(data: Uint8Array, colour: (value: number, alpha: number) => number): Uint8Array {
  const out = data.slice();
  for (let i = 0; i < data.length; i += 4) for (let c = i; c < i + 3; c++) out[c] = colour(data[c]!, data[i + 3]!);
  return new Uint8Array(out.buffer);
}

/** Part of a picture, in pixels from its top left corner. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A picture of another size, filtered over the area that a destination pixel covers; equal to Pillow's `resize` to the
 * bit. Transparent colours are weighted by their alpha. Of the result only the window is made, where one is given.
 */
export function resize(
  picture: Picture,
  width: number,
  height: number,
  filter: Resampling,
  window: Window = { left: 0, top: 0, width, height },
): Picture {
  const { channels } = picture;
  const { left, top } = window;
  if (width === picture.width && height === picture.height) return cropTo(picture, window);
  const kernel = filters[filter];
  const alpha = channels === 4;
  let data = alpha ? mapColours(picture.data, timesAlpha) : picture.data;
  let wide = picture.width;
  if (width !== picture.width) {
    data = resampleRows({ ...picture, data }, width, [left, left + window.width], kernel);
    wide = window.width;
  }
  if (height !== picture.height)
    data = resampleColumns(data, wide * channels, picture.height, height, [top, top + window.height], kernel);
  if (alpha) data = mapColours(data, (x, a) => (a === 0 || a === 255 ? x : Math.min(255, Math.trunc((255 * x) / a))));
  // An axis that kept its length has not been cut yet.
  const made = { width: wide, height: height === picture.height ? height : window.height, channels, data };
  return cropTo(made, {
    ...window,
    left: wide === window.width ? 0 : left,
    top: made.height === window.height ? 0 : top,
  });
}

const cropTo = (picture: Picture, { left, top, width, height }: Window): Picture =>
  width === picture.width && height === picture.height ? picture : crop(picture, left, top, width, height);

/** The part of a picture whose top left corner is (left, top). */
export function crop(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * channels;
    data.set(picture.data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}
