import type { Picture } from "../runtime/host.ts";
import { toRgb } from "./tensor.ts";

/** Linear sRGB to XYZ by rows, each divided by the white point's coordinate (IEC 61966-2-1, D65). */
const toXyz = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
].map((row) => row.map((value) => value / row.reduce((a, b) => a + b)));

const fromXyz = inverse(toXyz);

/** CIE 1976: the cube root, and below this a line. */
const cubeFrom = (6 / 29) ** 3;

const linear = Float64Array.from({ length: 256 }, (_, i) =>
  i / 255 <= 0.04045 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4,
);

/** CIELAB (L* a* b*) of a picture's pixels, three numbers each. */
export function toLab(picture: Picture): Float32Array {
  const { data } = toRgb(picture);
  const lab = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [linear[data[i]!]!, linear[data[i + 1]!]!, linear[data[i + 2]!]!];
    const [x, y, z] = toXyz.map(([fromR, fromG, fromB]) => {
      const value = fromR! * r + fromG! * g + fromB! * b;
      return value > cubeFrom ? Math.cbrt(value) : (value * (29 / 6) ** 2) / 3 + 4 / 29;
    }) as [number, number, number];
    lab[i] = 116 * y - 16;
    lab[i + 1] = 500 * (x - y);
    lab[i + 2] = 200 * (y - z);
  }
  return lab;
}

/** The picture of CIELAB pixels; colours that sRGB lacks are clipped. */
export function fromLab(lab: Float32Array, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(lab.length);
  for (let i = 0; i < lab.length; i += 3) {
    const y = (lab[i]! + 16) / 116;
    const xyz = [y + lab[i + 1]! / 500, y, y - lab[i + 2]! / 200].map((root) =>
      root > 6 / 29 ? root ** 3 : 3 * (6 / 29) ** 2 * (root - 4 / 29),
    );
    for (let c = 0; c < 3; c++) {
      const value = fromXyz[c]!.reduce((sum, weight, k) => sum + weight * xyz[k]!, 0);
      data[i + c] = 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
    }
  }
  return { width, height, channels: 3, data: new Uint8Array(data.buffer) };
}

/** Mean and standard deviation of a picture's L*, a* and b*. */
export interface Colours {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

export function coloursOf(lab: Float32Array): Colours {
  const means = [0, 0, 0];
  const squares = [0, 0, 0];
  for (const [i, value] of lab.entries()) means[i % 3]! += (3 * value) / lab.length;
  for (const [i, value] of lab.entries()) squares[i % 3]! += (3 * (value - means[i % 3]!) ** 2) / lab.length;
  return { means, deviations: squares.map(Math.sqrt) };
}

/** The picture with the colours' means and deviations of another one: Reinhard and others 2001, in CIELAB. */
export function matchColours(picture: Picture, wanted: Colours): Picture {
  const lab = toLab(picture);
  const own = coloursOf(lab);
  // A channel that is one value everywhere has nothing to stretch.
  const scales = own.deviations.map((deviation, c) => (deviation > 1e-6 ? wanted.deviations[c]! / deviation : 1));
  for (let i = 0; i < lab.length; i++) {
    const c = i % 3;
    lab[i] = (lab[i]! - own.means[c]!) * scales[c]! + wanted.means[c]!;
  }
  return fromLab(lab, picture.width, picture.height);
}

/** Of a 3 × 3 matrix, by its cofactors. */
function inverse(m: readonly (readonly number[])[]): number[][] {
  const at = (r: number, c: number): number => m[(r + 3) % 3]![(c + 3) % 3]!;
  const cofactor = (r: number, c: number): number =>
    at(r + 1, c + 1) * at(r + 2, c + 2) - at(r + 1, c + 2) * at(r + 2, c + 1);
  const determinant = [0, 1, 2].reduce((sum, c) => sum + at(0, c) * cofactor(0, c), 0);
  return [0, 1, 2].map((r) => [0, 1, 2].map((c) => cofactor(c, r) / determinant));
}
