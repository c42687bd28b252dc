import type { Random } from "../../src/training/data/random.ts";

/** Steps of colour, 0 … 255, from which on a border is drawn. */
const borders = [40, 110] as const;
/** Half the breadth of a line as a share of the picture's edge. */
const breadths = [0, 0.012] as const;

/**
 * The same premultiplied RGBA square as one who draws with ink would do it: dark lines around shapes and where colours
 * meet, the fill as it was, paler, or greyed. No hand of the training draws so; models that have seen it read drawings
 * with outlines better.
 */
export function inked(pixels: Uint8Array, size: number, dice: Random): Uint8Array {
  const lines = thickened(edges(pixels, size, dice.real(...borders)), size, Math.round(size * dice.real(...breadths)));
  const fill = washed(pixels, dice);
  const black = dice.int(40);
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === 0) continue;
    fill.fill(black, 4 * i, 4 * i + 3);
    fill[4 * i + 3] = 255;
  }
  return fill;
}

/** 1 where a channel, transparency among them, differs by more than `step` from the pixel to the right or below. */
function edges(pixels: Uint8Array, size: number, step: number): Uint8Array {
  const found = new Uint8Array(size * size);
  const differ = (a: number, b: number): boolean =>
    Math.abs(pixels[a]! - pixels[b]!) > step ||
    Math.abs(pixels[a + 1]! - pixels[b + 1]!) > step ||
    Math.abs(pixels[a + 2]! - pixels[b + 2]!) > step ||
    Math.abs(pixels[a + 3]! - pixels[b + 3]!) > step;
  // Anti-aliased borders are two pixels wide.
  for (let y = 0; y < size - 2; y++)
    for (let x = 0; x < size - 2; x++) {
      const at = (y * size + x) * 4;
      if (differ(at, at + 8) || differ(at, at + 8 * size)) found[(y + 1) * size + x + 1] = 1;
    }
  // Around the square there is nothing.
  for (let i = 0; i < size; i++)
    for (const at of [i, size * (size - 1) + i, i * size, i * size + size - 1])
      if (pixels[4 * at + 3]! > step) found[at] = 1;
  return found;
}

/** Marks everything within `radius` of a mark, first along rows, then along columns. */
function thickened(marks: Uint8Array, size: number, radius: number): Uint8Array {
  const along = (from: Uint8Array, step: number, across: number): Uint8Array => {
    const to = new Uint8Array(from.length);
    for (let line = 0; line < size; line++) {
      const start = line * across;
      for (let i = 0; i < size; i++) {
        if (from[start + i * step] === 0) continue;
        const last = Math.min(size - 1, i + radius);
        for (let j = Math.max(0, i - radius); j <= last; j++) to[start + j * step] = 1;
      }
    }
    return to;
  };
  return radius === 0 ? marks : along(along(marks, 1, size), size, 1);
}

/** Colours kept, mixed with white, or with their own grey. */
function washed(pixels: Uint8Array, dice: Random): Uint8Array {
  const [white, grey] = dice.chance(0.5) ? [0, 0] : [dice.real(0, 0.6), dice.chance(0.3) ? dice.real(0.3, 1) : 0];
  const out = pixels.slice();
  if (white === 0 && grey === 0) return out;
  for (let i = 0; i < out.length; i += 4) {
    const [r, g, b, a] = [out[i]!, out[i + 1]!, out[i + 2]!, out[i + 3]!];
    const luma = 0.3 * r + 0.59 * g + 0.11 * b;
    for (const [c, value] of [r, g, b].entries())
      out[i + c] = (value * (1 - grey) + luma * grey) * (1 - white) + a * white;
  }
  return out;
}
