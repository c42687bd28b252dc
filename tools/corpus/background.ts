import type { Random } from "../../src/training/data/random.ts";
import type { Canvas } from "./paint.ts";

export type Colour = readonly [red: number, green: number, blue: number];

/** Colours by the words that captions use. */
export const palette: Readonly<Record<string, Colour>> = {
  white: [255, 255, 255],
  black: [20, 20, 24],
  grey: [150, 150, 155],
  red: [214, 48, 49],
  orange: [245, 145, 40],
  yellow: [250, 215, 70],
  green: [70, 165, 80],
  "light green": [175, 225, 160],
  "dark green": [25, 85, 50],
  turquoise: [60, 190, 185],
  blue: [55, 115, 215],
  "light blue": [165, 210, 245],
  "dark blue": [25, 45, 110],
  purple: [130, 75, 180],
  pink: [245, 160, 195],
  brown: [125, 82, 55],
  beige: [240, 224, 196],
};

export interface Background {
  /** What a caption calls it; undefined for white, which goes without saying. */
  readonly name: string | undefined;
  /** Colours at the two ends, equal when flat. */
  readonly from: Colour;
  readonly to: Colour;
  /** Direction from one end to the other, in radians. */
  readonly angle: number;
}

export const white: Background = { name: undefined, from: palette.white!, to: palette.white!, angle: 0 };

const apart = (a: Colour, b: Colour): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** A flat named colour that differs visibly from the things before it. */
export function flat(random: Random, things: readonly Colour[]): Background {
  const names = Object.keys(palette).filter((name) => name !== "white");
  const clear = names.filter((name) => things.every((thing) => apart(thing, palette[name]!) > 70));
  const name = random.pick(clear.length > 0 ? clear : names);
  const shift = random.real(-10, 10);
  const colour = palette[name]!.map((c) => Math.min(255, Math.max(0, c + shift))) as unknown as Colour;
  return { name: `${name} background`, from: colour, to: colour, angle: 0 };
}

/** From a lighter shade to the named colour itself, in any direction. */
export function gradient(random: Random, things: readonly Colour[]): Background {
  const { name, to } = flat(random, things);
  const light = random.real(0.4, 0.75);
  const from = to.map((c) => c + (255 - c) * light) as unknown as Colour;
  return { name: name!.replace("background", "gradient"), from, to, angle: random.real(0, 2 * Math.PI) };
}

/** Fills the window; `size` is the edge of the whole canvas, which the gradient spans. */
export function fill({ width, height, left, top, rgb }: Canvas, size: number, { from, to, angle }: Background): void {
  const span = size * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)));
  const [dx, dy] = [Math.cos(angle) / span, Math.sin(angle) / span];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const t = 0.5 + (x + left + 0.5 - size / 2) * dx + (y + top + 0.5 - size / 2) * dy;
      for (let c = 0; c < 3; c++) rgb[i++] = from[c]! + (to[c]! - from[c]!) * t;
    }
  }
}
