import type { Picture } from "../runtime/host.ts";

/** Colours are looked up by their upper bits; what is lost is one step of 256. */
const lookupBits = 7;
const lookupShift = 8 - lookupBits;

/** A colour this near, squared, to one of the palette is not mixed. */
const near = 3;

/** How much the pattern of a mixture disturbs, beside a colour that is missed. */
const grain = 0.1;

/** Marks a mixture that was looked for. */
const known = 1 << 24;

/** Shares of a mixture are told in so many steps. */
const shares = 256;

/**
 * Colours by their number in a palette (n × red, green, blue). A colour that is not in it becomes a pattern of two that are. The pattern depends on the place only, so that what stands still in a video does not
 * flicker, as it does where errors are carried from pixel to pixel.
 */
export class Palette {
  readonly colours: Uint8Array;
  /** 1 + nearest, other and share of the other, a byte each; 0 is not known yet. */
  readonly #mixtures = new Uint32Array(1 << (3 * lookupBits));

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

  #mixture(red: number, green: number, blue: number): number {
    const key =
      (((red >> lookupShift) << (2 * lookupBits)) | ((green >> lookupShift) << lookupBits)) + (blue >> lookupShift);
    let mixture = this.#mixtures[key]!;
    if (mixture === 0) {
      const middle = (value: number): number => ((value >> lookupShift) << lookupShift) + (1 << lookupShift) / 2 - 0.5;
      mixture = this.#mix(middle(red), middle(green), middle(blue));
      this.#mixtures[key] = mixture;
    }
    return mixture;
  }

  /** The nearest colour, and the other one that comes closest when mixed with it; of wide mixtures the pattern shows. */
  #mix(r: number, g: number, b: number): number {
    const { colours } = this;
    const nearest = this.#nearest(r, g, b);
    const plain = known | (nearest << 16);
    let least = this.#distance(nearest, r, g, b);
    if (least <= near) return plain;
    const [r0, g0, b0] = [colours[3 * nearest]!, colours[3 * nearest + 1]!, colours[3 * nearest + 2]!];
    let best = plain;
    for (let i = 0; i < this.size; i++) {
      const [dr, dg, db] = [colours[3 * i]! - r0, colours[3 * i + 1]! - g0, colours[3 * i + 2]! - b0];
      const apart = dr * dr + dg * dg + db * db;
      const share = ((r - r0) * dr + (g - g0) * dg + (b - b0) * db) / apart;
      if (!(share > 0)) continue;
      const missed = (r - r0 - share * dr) ** 2 + (g - g0 - share * dg) ** 2 + (b - b0 - share * db) ** 2;
      const cost = missed + grain * share * (1 - share) * apart;
      if (cost < least) [least, best] = [cost, plain | (i << 8) | Math.round(share * shares)];
    }
    return best;
  }

  #nearest(r: number, g: number, b: number): number {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < this.size; i++) {
      const distance = this.#distance(i, r, g, b);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  #distance(i: number, r: number, g: number, b: number): number {
    const { colours } = this;
    return (colours[3 * i]! - r) ** 2 + (colours[3 * i + 1]! - g) ** 2 + (colours[3 * i + 2]! - b) ** 2;
  }
}

const fraction = (x: number): number => x - Math.floor(x);

/** Thresholds from 0 to 1 whose neighbours differ much: Jimenez 2014, interleaved gradient noise. */
const gradientNoise = (x: number, y: number): number =>
  fraction(52.9829189 * fraction(0.06711056 * x + 0.00583715 * y));
