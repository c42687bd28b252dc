import { crop, resize } from "../image/resize.ts";
import type { Picture } from "../runtime/host.ts";

/** Sides of a rectangle as shares of a picture's width and height. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a picture's things lie on: a + b x + c y for each of the three channels, x and y in pixels from the middle. */
export type Ground = readonly [Plane, Plane, Plane];
type Plane = readonly [a: number, b: number, c: number];

/** Distance of colours, 0 … 255 a channel, from which on a pixel is not of the ground. */
const apart = 40;
/** Pixels at the rim that tell the ground. */
const rim = 2;
const rounds = 6;

/** Fits the ground, flat or shaded evenly, to a picture's rim; things that reach the rim are left out by and by. */
export function groundOf(picture: Picture): Ground {
  const places = rimOf(picture);
  const middle = (c: number): Plane => [median(places.map((at) => picture.data[at * picture.channels + c]!)), 0, 0];
  let ground: Ground = [middle(0), middle(1), middle(2)];
  for (let round = 0; round < rounds; round++) {
    // Where it is shaded, much is far from the middle colour at first.
    const near = apart * (1 + (rounds - 1 - round) / 2);
    const kept = places.filter((at) => offGround(picture, ground, at) < near);
    if (kept.length < places.length / 8) break;
    ground = [fitted(picture, kept, 0), fitted(picture, kept, 1), fitted(picture, kept, 2)];
  }
  return ground;
}

/** Its colour at a place, in shares of width and height. */
export function colourAt(ground: Ground, { width, height }: Picture, x: number, y: number): [number, number, number] {
  const [u, v] = [(x - 0.5) * width, (y - 0.5) * height];
  const value = ([a, b, c]: Plane): number => a + b * u + c * v;
  return [value(ground[0]), value(ground[1]), value(ground[2])];
}

/** Where a picture is not its ground: 1 there, 0 elsewhere, row by row; single pixels do not count. */
export function maskOf(picture: Picture): Uint8Array {
  const { width, height } = picture;
  const ground = groundOf(picture);
  const differs = new Uint8Array(width * height);
  for (let at = 0; at < differs.length; at++) differs[at] = offGround(picture, ground, at) > apart ? 1 : 0;
  const mask = new Uint8Array(differs.length);
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      let around = 0;
      for (let v = y - 1; v <= y + 1; v++) for (let u = x - 1; u <= x + 1; u++) around += differs[v * width + u]!;
      mask[y * width + x] = around > 4 ? 1 : 0;
    }
  return mask;
}

/** Share of what is masked that may lie outside of its box, on each side. */
const strays = 0.005;

/** The rectangle around what is masked, but for strays; undefined where nothing is. */
export function boxOf(mask: Uint8Array, width: number): Box | undefined {
  const height = mask.length / width;
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  for (let at = 0; at < mask.length; at++) {
    columns[at % width]! += mask[at]!;
    rows[Math.floor(at / width)]! += mask[at]!;
  }
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const [left, right] = ends(columns, strays * total);
  const [top, bottom] = ends(rows, strays * total);
  return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
}

/** What is on a picture's ground, in its box, on white and `edge` pixels high and wide; undefined where nothing is. */
export function cutOut(picture: Picture, edge: number): Picture | undefined {
  const { width, height, channels } = picture;
  const mask = maskOf(picture);
  const box = boxOf(mask, width);
  if (!box) return undefined;
  const data = picture.data.map((value, i) => (mask[Math.floor(i / channels)] === 1 ? value : 255));
  const [left, right] = [Math.round(box.left * width), Math.round(box.right * width)];
  const [top, bottom] = [Math.round(box.top * height), Math.round(box.bottom * height)];
  const figure = crop({ ...picture, data }, left, top, right - left, bottom - top);
  return resize(figure, edge, edge, "bilinear");
}

/** Where the sum from the beginning exceeds `few`, and behind where that from the end does. */
function ends(counts: Float64Array, few: number): [number, number] {
  const start = (of: Float64Array): number => {
    let sum = 0;
    return of.findIndex((count) => {
      sum += count;
      return sum > few;
    });
  };
  return [start(counts), counts.length - start(counts.toReversed())];
}

function rimOf({ width, height }: Picture): number[] {
  const places: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (Math.min(x, y, width - 1 - x, height - 1 - y) < rim) places.push(y * width + x);
  return places;
}

/** How far the colour of a pixel is from the ground there. */
function offGround({ width, height, channels, data }: Picture, ground: Ground, at: number): number {
  const [x, y] = [(at % width) + 0.5 - width / 2, Math.floor(at / width) + 0.5 - height / 2];
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) {
    const [a, b, c] = ground[channel]!;
    sum += (data[at * channels + channel]! - a - b * x - c * y) ** 2;
  }
  return Math.sqrt(sum);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Least squares over some pixels of one channel, by the normal equations about the means. */
function fitted({ width, height, channels, data }: Picture, places: readonly number[], channel: number): Plane {
  const n = places.length;
  const xs = places.map((at) => (at % width) + 0.5 - width / 2);
  const ys = places.map((at) => Math.floor(at / width) + 0.5 - height / 2);
  const zs = places.map((at) => data[at * channels + channel]!);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [x, y, z] = [mean(xs), mean(ys), mean(zs)];
  const product = (us: readonly number[], u: number, vs: readonly number[], v: number): number =>
    us.reduce((sum, value, i) => sum + (value - u) * (vs[i]! - v), 0);
  const [xx, xy, yy] = [product(xs, x, xs, x), product(xs, x, ys, y), product(ys, y, ys, y)];
  const [xz, yz] = [product(xs, x, zs, z), product(ys, y, zs, z)];
  const determinant = xx * yy - xy * xy;
  // On one line there is no telling which way it slopes.
  if (determinant < 1e-9 * xx * yy || determinant === 0) return [z, 0, 0];
  const [b, c] = [(xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant];
  return [z - b * x - c * y, b, c];
}
