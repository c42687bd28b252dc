import type { Random } from "../../src/training/data/random.ts";

/** How far a thing's shape is stretched or sheared, as a share of its edge. */
const bend = 0.16;
/** Some hands fill their squares, others leave wide margins: things are made smaller by up to this factor. */
const shrink = 1.5;
/** Amplitude of the waves that its lines follow, as a share of its edge. */
const wave = 0.03;
/** Share of pictures from which a rectangle is missing, and the greatest edge of it. */
const missing = { chance: 0.3, edge: 0.35 };

/**
 * The same premultiplied RGBA square as yet another hand could have drawn it: stretched, sheared, wavy, with colours
 * shifted as little as leaves their names true, and now and then with a part hidden. Five hands are few: a model that
 * only ever sees the same drawings learns these by heart instead of what they have in common.
 */
export function distorted(pixels: Uint8Array, size: number, dice: Random): Uint8Array {
  const warp = warped(size, dice);
  const recolour = recoloured(dice);
  const hidden = hole(size, dice);
  const out = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < size; y++)
    for (let x = 0; x < size; x++, to += 4) {
      if (x >= hidden.left && x < hidden.right && y >= hidden.top && y < hidden.bottom) continue;
      sample(pixels, size, warp.u(x, y), warp.v(x, y), out, to);
      if (out[to + 3]! > 0) recolour(out, to);
    }
  return out;
}

/** From where in the square each pixel is taken. */
interface Warp {
  u(x: number, y: number): number;
  v(x: number, y: number): number;
}

function warped(size: number, dice: Random): Warp {
  const near = (): number => dice.real(-bend, bend);
  // Smaller, narrower or flatter, never larger, so that little is lost at the borders.
  const scale = dice.real(1, shrink);
  const [xx, xy, yx, yy] = [scale + Math.abs(near()), near(), near(), scale + Math.abs(near())];
  const [acrossRows, acrossColumns] = [waves(size, dice), waves(size, dice)];
  const middle = (size - 1) / 2;
  return {
    u: (x, y) => middle + xx * (x - middle) + xy * (y - middle) + acrossRows[y]!,
    v: (x, y) => middle + yx * (x - middle) + yy * (y - middle) + acrossColumns[x]!,
  };
}

/** One slow wave along an edge of the square, in pixels. */
function waves(size: number, dice: Random): Float32Array {
  const [height, turns, start] = [dice.real(0, wave * size), dice.real(0.5, 2), dice.real(0, 2 * Math.PI)];
  return Float32Array.from({ length: size }, (_, i) => height * Math.sin(start + (2 * Math.PI * turns * i) / size));
}

function hole(size: number, dice: Random): { left: number; right: number; top: number; bottom: number } {
  if (!dice.chance(missing.chance)) return { left: 0, right: 0, top: 0, bottom: 0 };
  const [width, height] = [dice.real(0.1, missing.edge) * size, dice.real(0.1, missing.edge) * size];
  const [left, top] = [dice.real(0, size - width), dice.real(0, size - height)];
  return { left, right: left + width, top, bottom: top + height };
}

/** Saturation, a gain for each channel, and a lift towards white, of premultiplied colours. */
function recoloured(dice: Random): (rgba: Uint8Array, at: number) => void {
  const saturation = dice.real(0.6, 1.3);
  const gains = [dice.real(0.8, 1.15), dice.real(0.8, 1.15), dice.real(0.8, 1.15)];
  const lift = dice.chance(0.5) ? dice.real(0, 0.25) : 0;
  return (rgba, at) => {
    const alpha = rgba[at + 3]!;
    const luma = 0.3 * rgba[at]! + 0.59 * rgba[at + 1]! + 0.11 * rgba[at + 2]!;
    for (let c = 0; c < 3; c++) {
      const value = (luma + saturation * (rgba[at + c]! - luma)) * gains[c]! * (1 - lift) + lift * alpha;
      rgba[at + c] = Math.max(0, Math.min(alpha, value));
    }
  };
}

/** Bilinear; transparent outside. */
function sample(from: Uint8Array, size: number, u: number, v: number, to: Uint8Array, at: number): void {
  const [left, top] = [Math.floor(u), Math.floor(v)];
  if (left < 0 || top < 0 || left >= size - 1 || top >= size - 1) return;
  const [right, down] = [u - left, v - top];
  const start = (top * size + left) * 4;
  const below = start + size * 4;
  for (let c = 0; c < 4; c++) {
    const upper = from[start + c]! + right * (from[start + 4 + c]! - from[start + c]!);
    const lower = from[below + c]! + right * (from[below + 4 + c]! - from[below + c]!);
    to[at + c] = upper + down * (lower - upper) + 0.5;
  }
}
