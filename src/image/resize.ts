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

/** Resamples one axis of (lines, length, step) bytes, where neighbours along the axis are `step` bytes apart. */
function resample(
  source: Uint8Array,
  lines: number,
  from: number,
  to: number,
  step: number,
  filter: Filter,
): Uint8Array {
  const { first, count, weights, stride } = taps(from, to, filter);
  const out = new Uint8ClampedArray(lines * to * step);
  const half = 2 ** (fractionBits - 1);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < to; i++) {
      const start = (line * from + first[i]!) * step;
      const target = (line * to + i) * step;
      const n = count[i]!;
      for (let c = 0; c < step; c++) {
        let sum = half;
        for (let k = 0, at = start + c; k < n; k++, at += step) sum += source[at]! * weights[i * stride + k]!;
        out[target + c] = sum >> fractionBits;
      }
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
  return out;
}

/**
 * A picture of another size, filtered over the area that a destination pixel covers; equal to Pillow's `resize` to the
 * bit. Transparent colours are weighted by their alpha.
 */
export function resize(picture: Picture, width: number, height: number, filter: Resampling): Picture {
  const { channels } = picture;
  if (width === picture.width && height === picture.height) return picture;
  const kernel = filters[filter];
  const alpha = channels === 4;
  let data = alpha ? mapColours(picture.data, timesAlpha) : picture.data;
  if (width !== picture.width) data = resample(data, picture.height, picture.width, width, channels, kernel);
  if (height !== picture.height) data = resample(data, 1, picture.height, height, width * channels, kernel);
  if (alpha) data = mapColours(data, (x, a) => (a === 0 || a === 255 ? x : Math.min(255, Math.trunc((255 * x) / a))));
  return { width, height, channels, data };
}

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
