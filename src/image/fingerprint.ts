import type { Picture } from "../runtime/host.ts";
import { resize } from "./resize.ts";
import { toRgb } from "./tensor.ts";

/** What stays of a picture when it is scaled, compressed or made a little brighter. */
export interface Fingerprint {
  /** Signs of the lowest frequencies of its lightness, 64 bits in hexadecimal digits (Zauner 2010, pHash). */
  readonly phash: string;
  /** Mean colours of a grid of four by four, red, green and blue: frequencies of lightness tell no red apple from a green one. */
  readonly colours: Uint8Array;
}

const edge = 32;
const low = 8;
export const grid = 4;

/** Cosines of the first frequencies (low edge). */
const waves = Array.from({ length: low }, (_, k) =>
  Float64Array.from({ length: edge }, (_, x) => Math.cos((Math.PI / edge) * (x + 0.5) * k)),
);

/** The low frequencies of rows of `edge` numbers: (rows edge) → (low rows). */
function transformed(rows: Float64Array, count: number): Float64Array {
  const out = new Float64Array(low * count);
  for (let k = 0; k < low; k++)
    for (let y = 0; y < count; y++) {
      let sum = 0;
      for (let x = 0; x < edge; x++) sum += rows[y * edge + x]! * waves[k]![x]!;
      out[k * count + y] = sum;
    }
  return out;
}

/** A difference that is only noise of rounding. */
const nothing = 1e-6;

function phashOf(pixels: Uint8Array): string {
  const lightness = Float64Array.from(
    { length: edge * edge },
    (_, i) => (0.299 * pixels[3 * i]! + 0.587 * pixels[3 * i + 1]! + 0.114 * pixels[3 * i + 2]!) / 255,
  );
  const frequencies = transformed(transformed(lightness, edge), low);
  // The mean says nothing of the structure.
  const others = frequencies.subarray(1);
  const median = Float64Array.from(others).sort()[others.length >> 1]!;
  let digits = "";
  for (let i = 0; i < low * low; i += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit++)
      digit = 2 * digit + (i + bit > 0 && frequencies[i + bit]! > median + nothing ? 1 : 0);
    digits += digit.toString(16);
  }
  return digits;
}

export function fingerprint(picture: Picture): Fingerprint {
  const small = resize(toRgb(picture), edge, edge, "box");
  return { phash: phashOf(small.data), colours: resize(small, grid, grid, "box").data };
}
