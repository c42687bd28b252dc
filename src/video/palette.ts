import type { Picture } from "../runtime/host.ts";

/** Colours whose upper bits agree choose among the same few of the palette. */
const upperBits = 5;

/** From their middle to the farthest of them. */
const radius = (Math.sqrt(3) * 2 ** (8 - upperBits)) / 2;

/** How much the pattern of a mixture disturbs, beside a colour that is missed. */
const grain = 0.4;

/** A picture in the colours of a palette. */
export interface Mapped {
  /** Of each pixel's colour. */
  readonly numbers: Uint8Array;
  /** Mean squared distance of the picture's colours to the nearest of the palette. */
  readonly error: number;
}

/**
 * Colours by their number in a palette (n × red, green, blue). A colour that is not in it becomes a pattern of two that are.
 * The pattern depends on the place only, so that what stands still in a video does not flicker, as it does where errors are
 * carried from pixel to pixel.
 */
export class Palette {
  readonly colours: Uint8Array;
  /** Numbers of near colours. */
  readonly #choices: Uint8Array[] = [];

  constructor(colours: Uint8Array) {
    this.colours = colours;
  }

  get size(): number {
    return this.colours.length / 3;
  }

  map({ width, height, data }: Picture): Mapped {
    const numbers = new Uint8Array(width * height);
    let error = 0;
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
        const nearest = this.#nearest(r, g, b);
        const missed = this.distance(nearest, r, g, b);
        error += missed;
        numbers[i] = missed === 0 ? nearest : this.#mixed(nearest, r, g, b, gradientNoise(x, y));
      }
    return { numbers, error: error / numbers.length };
  }

  /** Squared distance of a colour of the palette to another one. */
  distance(number: number, r: number, g: number, b: number): number {
    const { colours } = this;
    return (colours[3 * number]! - r) ** 2 + (colours[3 * number + 1]! - g) ** 2 + (colours[3 * number + 2]! - b) ** 2;
  }

  #nearest(r: number, g: number, b: number): number {
    const choices = this.#choicesFor(r, g, b);
    let best = choices[0]!;
    let least = this.distance(best, r, g, b);
    for (let k = 1; k < choices.length && least > 0; k++) {
      const distance = this.distance(choices[k]!, r, g, b);
      if (distance >= least) continue;
      least = distance;
      best = choices[k]!;
    }
    return best;
  }

  /**
   * The nearest colour p, or the one that comes closest when mixed with it: for a share s of a colour d away from p, the square
   * of what is missed is |e|² − s²·|d|², where e is the colour's distance from p. Of wide mixtures the pattern shows.
   */
  #mixed(nearest: number, r: number, g: number, b: number, threshold: number): number {
    const { colours } = this;
    const [r0, g0, b0] = [colours[3 * nearest]!, colours[3 * nearest + 1]!, colours[3 * nearest + 2]!];
    let [other, share, most] = [nearest, 0, 0];
    for (const number of this.#choicesFor(r, g, b)) {
      const dr = colours[3 * number]! - r0;
      const dg = colours[3 * number + 1]! - g0;
      const db = colours[3 * number + 2]! - b0;
      const along = (r - r0) * dr + (g - g0) * dg + (b - b0) * db;
      if (along <= 0) continue;
      const apart = dr * dr + dg * dg + db * db;
      const s = along / apart;
      const gain = apart * s * (s - grain * (1 - s));
      if (gain <= most) continue;
      most = gain;
      other = number;
      share = s;
    }
    return share > threshold ? other : nearest;
  }

  #choicesFor(r: number, g: number, b: number): Uint8Array {
    const shift = 8 - upperBits;
    const cell = (((r >> shift) << (2 * upperBits)) | ((g >> shift) << upperBits)) + (b >> shift);
    const known = this.#choices[cell];
    if (known) return known;
    const middle = (value: number): number => ((value >> shift) << shift) + (1 << shift) / 2;
    const [middleR, middleG, middleB] = [middle(r), middle(g), middle(b)];
    const distances = new Float64Array(this.size);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < distances.length; i++) {
      distances[i] = Math.sqrt(this.distance(i, middleR, middleG, middleB));
      least = Math.min(least, distances[i]!);
    }
    // The nearest of any colour here are within two radii of the least distance; others are to be mixed with.
    const choices: number[] = [];
    for (let i = 0; i < distances.length; i++) if (distances[i]! <= least + 4 * radius) choices.push(i);
    this.#choices[cell] = Uint8Array.from(choices);
    return this.#choices[cell];
  }
}

const fraction = (x: number): number => x - Math.floor(x);

/** Thresholds from 0 to 1 whose neighbours differ much: Jimenez 2014, interleaved gradient noise. */
const gradientNoise = (x: number, y: number): number =>
  fraction(52.9829189 * fraction(0.06711056 * x + 0.00583715 * y));
