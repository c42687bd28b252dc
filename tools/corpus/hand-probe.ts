import { maskOf } from "../../src/evaluation/figure.ts";
import type { Picture } from "../../src/runtime/host.ts";

/** Steps of each channel in a palette, and of how much neighbours differ. */
const [shades, slopes] = [12, 8];
/** Penalty on squared weights, for features of length about 1. */
const ridge = 0.5;
const rounds = 60;

/** Numbers that are not 0, by place. */
type Features = ReadonlyMap<number, number>;

/**
 * Fits who drew a picture to pictures of known hands, by palette and edges: hands have their own reds and yellows, which a
 * network that learns what pictures show has no need to remember. Ridge regression on a one for the right hand, zeros for
 * the others.
 */
export function handProbe<Hand extends string>(
  known: Iterable<{ readonly picture: Picture; readonly hand: Hand }>,
): (picture: Picture) => Hand {
  const rows: Features[] = [];
  const drawnBy: Hand[] = [];
  for (const { picture, hand } of known) {
    rows.push(features(picture));
    drawnBy.push(hand);
  }
  const hands = [...new Set(drawnBy)];
  const weights = hands.map((hand) =>
    solved(
      rows,
      drawnBy.map((by) => (by === hand ? 1 : 0)),
    ),
  );
  return (picture) => {
    const row = features(picture);
    const scores = weights.map((of) => sumOver(row, of));
    return hands[scores.indexOf(Math.max(...scores))]!;
  };
}

/** Square roots of shares: of colours, softly between neighbouring shades, and of slopes from pixel to pixel. */
function features(picture: Picture): Features {
  const { width, height, channels, data } = picture;
  const mask = maskOf(picture);
  const shares = new Map<number, number>([[shades ** 3 + slopes, 1]]);
  const add = (place: number, share: number): void => void shares.set(place, (shares.get(place) ?? 0) + share);
  const inside: number[] = [];
  // Rims are mixed with the ground.
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      if (mask[at]! + mask[at - 1]! + mask[at + 1]! + mask[at - width]! + mask[at + width]! === 5) inside.push(at);
    }
  for (const at of inside) {
    const colour = [0, 1, 2].map((c) => (data[at * channels + c]! * (shades - 1)) / 255);
    for (let corner = 0; corner < 8; corner++) {
      let [place, share] = [0, 1 / inside.length];
      for (const [c, value] of colour.entries()) {
        const below = Math.min(Math.floor(value), shades - 2);
        const up = (corner >> c) & 1;
        place = place * shades + below + up;
        share *= up ? value - below : 1 - value + below;
      }
      if (share > 0) add(place, share);
    }
    const step = Math.abs(grey(picture, at) - grey(picture, at + 1));
    add(shades ** 3 + Math.min(slopes - 1, Math.floor(Math.log2(1 + step))), 1 / inside.length);
  }
  return new Map([...shares].map(([place, share]) => [place, Math.sqrt(share)]));
}

const grey = ({ channels, data }: Picture, at: number): number =>
  (data[at * channels]! + data[at * channels + 1]! + data[at * channels + 2]!) / 3;

function sumOver(row: Features, weights: Float64Array): number {
  let sum = 0;
  for (const [place, value] of row) sum += value * weights[place]!;
  return sum;
}

/** (XᵀX + ridge) w = Xᵀ y by conjugate gradients (Golub & Van Loan 2013, algorithm 11.3.3). */
function solved(rows: readonly Features[], targets: readonly number[]): Float64Array {
  const transposed = (values: readonly number[]): Float64Array => {
    const to = new Float64Array(shades ** 3 + slopes + 1);
    for (const [i, row] of rows.entries()) for (const [place, value] of row) to[place]! += value * values[i]!;
    return to;
  };
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const r = transposed(targets);
  const w = new Float64Array(r.length);
  const p = r.slice();
  let size = dot(r, r);
  for (let round = 0; round < rounds && size > 0; round++) {
    const q = transposed(rows.map((row) => sumOver(row, p))).map((value, i) => value + ridge * p[i]!);
    const alpha = size / dot(p, q);
    for (let i = 0; i < w.length; i++) {
      w[i]! += alpha * p[i]!;
      r[i]! -= alpha * q[i]!;
    }
    const next = dot(r, r);
    for (let i = 0; i < w.length; i++) p[i] = r[i]! + (next / size) * p[i]!;
    size = next;
  }
  return w;
}
