import type { Picture } from "../runtime/host.ts";

/** Where a picture's middle goes, and how it is turned and scaled around it. */
export interface Affine {
  /** Factor of size. */
  readonly zoom: number;
  /** Degrees, against the clock. */
  readonly rotate: number;
  /** Pixels to the right and down. */
  readonly x: number;
  readonly y: number;
}

/** What is seen beyond a picture's edge: its last pixel, itself again, or its mirror image. */
export const borders = ["replicate", "wrap", "reflect"] as const;
export type Border = (typeof borders)[number];

const indexes: Readonly<Record<Border, (i: number, length: number) => number>> = {
  replicate: (i, length) => Math.max(0, Math.min(length - 1, i)),
  wrap: (i, length) => ((i % length) + length) % length,
  reflect: (i, length) => {
    const at = ((i % (2 * length)) + 2 * length) % (2 * length);
    return at < length ? at : 2 * length - 1 - at;
  },
};

/** Weights of four neighbours by the place between the middle two: Keys 1981 with a = −1/2. */
function bicubic(t: number, weights: Float64Array): void {
  weights[0] = ((-0.5 * t + 1) * t - 0.5) * t;
  weights[1] = (1.5 * t - 2.5) * t * t + 1;
  weights[2] = ((-1.5 * t + 2) * t + 0.5) * t;
  weights[3] = (0.5 * t - 0.5) * t * t;
}

/** A picture moved by an affine map about its middle, of the same size, sampled bicubically. */
export function warp(picture: Picture, { zoom, rotate, x, y }: Affine, border: Border): Picture {
  const { width, height, channels, data } = picture;
  const angle = (rotate * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / zoom, Math.sin(angle) / zoom];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const index = indexes[border];
  const out = new Uint8ClampedArray(data.length);
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  const [columns, rows] = [new Int32Array(4), new Int32Array(4)];
  for (let v = 0, at = 0; v < height; v++)
    for (let u = 0; u < width; u++, at += channels) {
      // Where it came from; rows count downwards.
      const [dx, dy] = [u - middleX - x, v - middleY - y];
      const [fromX, fromY] = [middleX + cos * dx - sin * dy, middleY + sin * dx + cos * dy];
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      bicubic(fromX - left, across);
      bicubic(fromY - top, down);
      for (let k = 0; k < 4; k++) {
        columns[k] = index(left - 1 + k, width) * channels;
        rows[k] = index(top - 1 + k, height) * width * channels;
      }
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < 4; j++) {
          const row = rows[j]! + c;
          sum +=
            down[j]! *
            (across[0]! * data[row + columns[0]!]! +
              across[1]! * data[row + columns[1]!]! +
              across[2]! * data[row + columns[2]!]! +
              across[3]! * data[row + columns[3]!]!);
        }
        out[at + c] = sum;
      }
    }
  return { width, height, channels, data: new Uint8Array(out.buffer) };
}
