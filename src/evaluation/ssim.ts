import type { Picture } from "../runtime/host.ts";
import { sameSize } from "./same-size.ts";

/** Wang et al. 2004: a Gaussian window of 11 × 11 with σ = 1.5, K₁ = 0.01, K₂ = 0.03, values from 0 to 255. */
const taps = 11;
const sigma = 1.5;
const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];

const bell = Float64Array.from({ length: taps }, (_, i) => Math.exp(-((i - (taps - 1) / 2) ** 2) / (2 * sigma ** 2)));
const total = bell.reduce((sum, weight) => sum + weight);
const window = bell.map((weight) => weight / total);

/** Luma of ITU-R BT.601, as the authors' pictures are grey. */
function grey({ width, height, channels, data }: Picture): Float64Array {
  return Float64Array.from({ length: width * height }, (_, i) => {
    const at = i * channels;
    return channels === 1 ? data[at]! : 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  });
}

/** Weighted means over every window that lies wholly inside, row-major. */
function blurred(values: Float64Array, width: number, height: number): Float64Array {
  const [columns, rows] = [width - taps + 1, height - taps + 1];
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += window[k]! * values[y * width + x + k]!;
      across[y * columns + x] = sum;
    }
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += window[k]! * across[(y + k) * columns + x]!;
      out[y * columns + x] = sum;
    }
  return out;
}

/**
 * Structural similarity of two 8-bit pictures' luma, the mean over all windows: 1 when equal, about 0 when unrelated.
 * Throws when they are smaller than a window.
 */
export function ssim(a: Picture, b: Picture): number {
  sameSize("ssim", a, b);
  const { width, height } = a;
  if (Math.min(width, height) < taps) throw new Error(`ssim: ${width}x${height} is smaller than ${taps}x${taps}`);
  const [x, y] = [grey(a), grey(b)];
  const mean = (values: Float64Array): Float64Array => blurred(values, width, height);
  const [mx, my] = [mean(x), mean(y)];
  const [xx, yy, xy] = [mean(x.map((v) => v * v)), mean(y.map((v) => v * v)), mean(x.map((v, i) => v * y[i]!))];
  let sum = 0;
  for (let i = 0; i < mx.length; i++) {
    const [u, v] = [mx[i]!, my[i]!];
    const [variances, covariance] = [xx[i]! - u * u + yy[i]! - v * v, xy[i]! - u * v];
    sum += ((2 * u * v + c1) * (2 * covariance + c2)) / ((u * u + v * v + c1) * (variances + c2));
  }
  return sum / mx.length;
}
