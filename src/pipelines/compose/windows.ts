import { type Denoise, type Latents, predict } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";

/** Stretches of latents' columns, equally long, that a network sees one by one. */
export interface Windows {
  /** Columns in all. */
  readonly length: number;
  /** Columns of a window. */
  readonly width: number;
  /** The first column of each; on a circle what is beyond the last column are the first ones. */
  readonly starts: readonly number[];
}

/** Windows over a length, or around it, that overlap by at least a share of themselves. */
export function windowsOver(length: number, width: number, overlap: number, circular = false): Windows {
  const step = width * (1 - overlap);
  if (circular) {
    const count = Math.max(2, Math.ceil(length / step));
    return { length, width, starts: Array.from({ length: count }, (_, i) => Math.round((i * length) / count)) };
  }
  if (length <= width) return { length, width: length, starts: [0] };
  const gaps = Math.ceil((length - width) / step);
  return {
    length,
    width,
    starts: Array.from({ length: gaps + 1 }, (_, i) => Math.round((i * (length - width)) / gaps)),
  };
}

/**
 * What a network makes of a wide array (1 c h w), window by window: where they overlap, the mean of their answers, each
 * weighed the more the nearer to its middle. `columns` of the array belong to one of the windows' columns; the answers may
 * have another height, width and other channels, in whole ratios.
 */
export async function throughWindows(
  x: Latents,
  { length, width, starts }: Windows,
  columns: number,
  run: (part: Latents, k: number) => Promise<Latents>,
): Promise<Latents> {
  if (starts.length === 1) return run(x, 0);
  let sum: Latents | undefined;
  let weights = new Float64Array(0);
  for (const [k, start] of starts.entries()) {
    const { data, shape } = await run(cut(x, start * columns, width * columns), k);
    const [, c, h, w] = shape as [number, number, number, number];
    const scale = w / width;
    const all = length * scale;
    sum ??= ndarray(new Float32Array(c * h * all), [1, c, h, all]);
    if (weights.length === 0) weights = new Float64Array(all);
    for (let i = 0; i < w; i++) {
      const at = (start * scale + i) % all;
      const weight = Math.sin((Math.PI * (i + 0.5)) / w) ** 2;
      weights[at]! += weight;
      for (let row = 0; row < c * h; row++) sum.data[row * all + at]! += weight * data[row * w + i]!;
    }
  }
  for (let i = 0; i < sum!.data.length; i++) sum!.data[i]! /= weights[i % weights.length]!;
  return sum!;
}

/** Columns from `start` on of (1 c h w), around its end. */
function cut({ data, shape }: Latents, start: number, width: number): Latents {
  const [, c, h, w] = shape as [number, number, number, number];
  const part = new Float32Array(c * h * width);
  for (let row = 0; row < c * h; row++)
    for (let i = 0; i < width; i++) part[row * width + i] = data[row * w + ((start + i) % w)]!;
  return ndarray(part, [1, c, h, width]);
}

/**
 * Windows denoised together: at every step each says what the picture is to become, and x follows their mean, so that what
 * one of them draws is continued by its neighbours. Bar-Tal et al. 2023, "MultiDiffusion".
 */
export function inWindows(windows: Windows, denoisers: readonly Denoise[]): Denoise {
  if (windows.starts.length === 1) return denoisers[0]!;
  return async (x, level, stage) => {
    const denoised = await throughWindows(
      x,
      windows,
      1,
      async (part, k) => (await denoisers[k]!(part, level, stage)).denoised,
    );
    return predict("sample", denoised, x, level);
  };
}
