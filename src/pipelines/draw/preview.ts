import type { Latents } from "../../diffusion/index.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";

/** Side of the square of latents that is decoded to learn their colours. */
const sample = 16;

/**
 * Colours of latents without decoding them: red, green and blue as affine functions of a latent's channels. They are
 * learned by least squares from the middle of latents that are shown, decoded and averaged over each latent: from the first,
 * second, fourth, eighth … ones, as early ones are vague.
 */
export class LatentColours {
  readonly #model: Pick<DiffusionModel, "decode" | "factor">;
  /** (channels + 1) rows of three. */
  #weights: readonly Float64Array[] = [];
  #shown = 0;

  constructor(model: Pick<DiffusionModel, "decode" | "factor">) {
    this.#model = model;
  }

  /** A pixel for each of the latents (1 c h w). */
  async picture(latents: Latents): Promise<Picture> {
    if (Number.isInteger(Math.log2(++this.#shown))) this.#weights = await this.#learn(latents);
    const weights = this.#weights;
    const [, channels, height, width] = latents.shape as [number, number, number, number];
    const area = height * width;
    const rgb = new Float32Array(3 * area);
    for (let colour = 0; colour < 3; colour++)
      for (let i = 0; i < area; i++) {
        let sum = weights[channels]![colour]!;
        for (let c = 0; c < channels; c++) sum += weights[c]![colour]! * latents.data[c * area + i]!;
        rgb[colour * area + i] = sum;
      }
    return tensorToPictures(ndarray(rgb, [1, 3, height, width]))[0]!;
  }

  async #learn(latents: Latents): Promise<Float64Array[]> {
    const middle = centre(latents);
    const [, channels, height, width] = middle.shape as [number, number, number, number];
    const area = height * width;
    const colours = average(await this.#model.decode(middle), this.#model.factor);
    const rows = Array.from({ length: area }, (_, i) => [
      ...Array.from({ length: channels }, (_, c) => middle.data[c * area + i]!),
      1,
    ]);
    const wanted = Array.from({ length: area }, (_, i) => [0, 1, 2].map((c) => colours[c * area + i]!));
    return leastSquares(rows, wanted);
  }
}

function centre({ data, shape }: Latents): Latents {
  const [, channels, height, width] = shape as [number, number, number, number];
  const [h, w] = [Math.min(height, sample), Math.min(width, sample)];
  const [top, left] = [(height - h) >> 1, (width - w) >> 1];
  const out = new Float32Array(channels * h * w);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < h; y++) {
      const from = (c * height + top + y) * width + left;
      out.set(data.subarray(from, from + w), (c * h + y) * w);
    }
  return ndarray(out, [1, channels, h, w]);
}

/** Means over squares of pixels, for each channel of (1 3 h w). */
function average({ data, shape }: Latents, side: number): Float32Array {
  const width = shape.at(-1)!;
  const columns = width / side;
  const out = new Float32Array(data.length / side ** 2);
  for (const [i, value] of data.entries()) {
    const row = Math.floor(Math.floor(i / width) / side);
    out[row * columns + Math.floor((i % width) / side)]! += value / side ** 2;
  }
  return out;
}

/** W that makes rows · W closest to `wanted`, by the normal equations; a little ridge keeps them solvable. */
function leastSquares(rows: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): Float64Array[] {
  const n = rows[0]!.length;
  const m = wanted[0]!.length;
  const system = Array.from({ length: n }, (_, i) => {
    const line = new Float64Array(n + m);
    for (const [r, row] of rows.entries()) {
      for (let j = 0; j < n; j++) line[j]! += row[i]! * row[j]!;
      for (let j = 0; j < m; j++) line[n + j]! += row[i]! * wanted[r]![j]!;
    }
    line[i]! += 1e-3 * rows.length;
    return line;
  });
  // Gauss–Jordan; the matrix is positive definite, so that no pivoting is needed.
  for (let i = 0; i < n; i++) {
    const pivot = system[i]!;
    const scale = pivot[i]!;
    for (let j = i; j < n + m; j++) pivot[j]! /= scale;
    for (let k = 0; k < n; k++) {
      const line = system[k]!;
      const factor = line[i]!;
      if (k !== i) for (let j = i; j < n + m; j++) line[j]! -= factor * pivot[j]!;
    }
  }
  return system.map((line) => line.slice(n));
}
