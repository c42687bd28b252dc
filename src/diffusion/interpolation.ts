import { combine, type Latents } from "./latents.ts";

/** Above this cosine two directions count as one, or as opposite: no circle leads from one to the other. */
const parallel = 0.9995;

/** Straight from a (t = 0) to b (t = 1), both exact. */
export const lerp = (a: Latents, b: Latents, t: number): Latents => combine([1 - t, a], [t, b]);

/**
 * Along the great circle from a to b, with one angle for the whole array: Shoemake 1985, "Animating rotation with
 * quaternion curves". Noise between two noises so keeps the length that the network knows. Straight where a and b point
 * almost the same way or opposite ways.
 */
export function slerp(a: Latents, b: Latents, t: number): Latents {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.data.entries()) {
    const other = b.data[i]!;
    ab += value * other;
    aa += value * value;
    bb += other * other;
  }
  const cosine = ab / Math.sqrt(aa * bb);
  if (!(Math.abs(cosine) <= parallel)) return lerp(a, b, t);
  const angle = Math.acos(cosine);
  const part = (share: number): number => Math.sin(share * angle) / Math.sin(angle);
  return combine([part(1 - t), a], [part(t), b]);
}
