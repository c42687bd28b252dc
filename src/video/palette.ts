import type { Picture } from "../runtime/host.ts";

/** Colours are looked up by their upper bits; what is lost is one step of 256. */
const fineBits = 7;

/** Colours whose upper bits agree so far choose among the same few of the palette. */
const coarseBits = 5;
const chosenFrom = 32;

/** A colour this near, squared, to one of the palette is not mixed. */
const near = 3;

/** How much the pattern of a mixture disturbs, beside a colour that is missed. */
const grain = 0.1;

/** Marks a mixture that was looked for. */
const known = 1 << 24;

/** Shares of a mixture are told in so many steps. */
const shares = 256;

/**
 * Colours by their number in a palette (n × red, green, blue). A colour that is not in it becomes a pattern of two that are.
 * The pattern depends on the place only, so that what stands still in a video does not flicker, as it does where errors are
 * carried from pixel to pixel.
 */
export class Palette {
  readonly colours: Uint8Array;
  /** Nearest, other and share of the other, a byte each; 0 is not known yet. */
  readonly #mixtures = new Uint32Array(1 << (3 * fineBits));
  /** Numbers of the nearest colours. */
  readonly #choices: Uint8Array[] = [];

  constructor(colours: Uint8Array) {
    this.colours = colours;
  }

  get size(): number {
    return this.colours.length / 3;
  }

  /** The number of each pixel's colour. */
  numbers({ width, height, data }: Picture): Uint8Array {
    const out = new Uint8Array(width * height);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const mixture = this.#mixture(data[3 * at]!, data[3 * at + 1]!, data[3 * at + 2]!);
        const other = (mixture & 0xff) > shares * gradientNoise(x, y);
        out[at] = other ? (mixture >>> 8) & 0xff : (mixture >>> 16) & 0xff;
      }
    return out;
  }

  /** Mean squared distance of a picture's colours to the nearest of the palette. */
  error({ data }: Picture): number {
    let sum = 0;
    for (let i = 0; i < data.length; i += 3) {
      const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
      sum += this.#distance((this.#mixture(r, g, b) >>> 16) & 0xff, r, g, b);
    }
    return (3 * sum) / data.length;
  }

  #mixture(r: number, g: number, b: number): number {
    const key = cellOf(r, g, b, fineBits);
    if (this.#mixtures[key] === 0)
      this.#mixtures[key] = this.#mix(middle(r, fineBits), middle(g, fineBits), middle(b, fineBits));
    return this.#mixtures[key]!;
  }

  /**
   * The nearest colour p, and the one that comes closest when mixed with it: for a share s of a colour d away from p, the square
   * of what is missed is |e|² − s²·|d|², where e is the colour's distance from p. Of wide mixtures the pattern shows.
   */
  #mix(r: number, g: number, b: number): number {
    const { colours } = this;
    const key = cellOf(r, g, b, coarseBits);
    this.#choices[key] ??= this.#nearest(middle(r, coarseBits), middle(g, coarseBits), middle(b, coarseBits));
    const choices = this.#choices[key];
    let nearest = choices[0]!;
    for (const i of choices) if (this.#distance(i, r, g, b) < this.#distance(nearest, r, g, b)) nearest = i;
    const plain = known | (nearest << 16);
    if (this.#distance(nearest, r, g, b) <= near) return plain;
    const [r0, g0, b0] = [colours[3 * nearest]!, colours[3 * nearest + 1]!, colours[3 * nearest + 2]!];
    const [er, eg, eb] = [r - r0, g - g0, b - b0];
    let best = plain;
    let most = 0;
    for (const i of choices) {
      const dr = colours[3 * i]! - r0;
      const dg = colours[3 * i + 1]! - g0;
      const db = colours[3 * i + 2]! - b0;
      const along = er * dr + eg * dg + eb * db;
      if (along <= 0) continue;
      const apart = dr * dr + dg * dg + db * db;
      const share = along / apart;
      const gain = apart * share * (share - grain * (1 - share));
      if (gain <= most) continue;
      most = gain;
      best = plain | (i << 8) | Math.round(share * shares);
    }
    return best;
  }

  #nearest(r: number, g: number, b: number): Uint8Array {
    const distances = Float64Array.from({ length: this.size }, (_, i) => this.#distance(i, r, g, b));
    const order = Uint8Array.from(distances.keys()).sort((i, j) => distances[i]! - distances[j]!);
    return order.slice(0, chosenFrom);
  }

  #distance(i: number, r: number, g: number, b: number): number {
    const { colours } = this;
    return (colours[3 * i]! - r) ** 2 + (colours[3 * i + 1]! - g) ** 2 + (colours[3 * i + 2]! - b) ** 2;
  }
}

/** The number of the cell that a colour is in when only so many bits of red, green and blue count. */
const cellOf = (r: number, g: number, b: number, bits: number): number =>
  ((r >> (8 - bits)) << (2 * bits)) | ((g >> (8 - bits)) << bits) | (b >> (8 - bits));

/** The middle of the values whose upper bits agree. */
const middle = (value: number, bits: number): number =>
  ((value >> (8 - bits)) << (8 - bits)) + (1 << (8 - bits)) / 2 - 0.5;

const fraction = (x: number): number => x - Math.floor(x);

/** Thresholds from 0 to 1 whose neighbours differ much: Jimenez 2014, interleaved gradient noise. */
const gradientNoise = (x: number, y: number): number =>
  fraction(52.9829189 * fraction(0.06711056 * x + 0.00583715 * y));
