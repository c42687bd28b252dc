import { dot, type Features, rowOf } from "./features.ts";

/**
 * Kernel distance: the unbiased squared maximum mean discrepancy under the kernel (x·y / width + 1)³, Bińkowski et al.
 * 2018. Its expectation does not depend on the counts; it may fall a little below 0. Throws unless both have two rows or
 * more of one width.
 */
export function kernelDistance(a: Features, b: Features): number {
  if (a.width !== b.width) throw new Error(`kernelDistance: vectors of ${a.width} numbers beside those of ${b.width}`);
  if (Math.min(a.count, b.count) < 2) throw new Error("kernelDistance: two vectors or more are needed on each side");
  return within(a) + within(b) - 2 * across(a, b);
}

const kernel = (x: Float32Array, y: Float32Array): number => (dot(x, y) / x.length + 1) ** 3;

/** Mean of the kernel over pairs of different rows. */
function within(a: Features): number {
  let sum = 0;
  for (let i = 0; i < a.count; i++) for (let j = 0; j < i; j++) sum += kernel(rowOf(a, i), rowOf(a, j));
  return (2 * sum) / (a.count * (a.count - 1));
}

function across(a: Features, b: Features): number {
  let sum = 0;
  for (let i = 0; i < a.count; i++) for (let j = 0; j < b.count; j++) sum += kernel(rowOf(a, i), rowOf(b, j));
  return sum / (a.count * b.count);
}
