import { resize } from "../image/resize.ts";
import { flatten } from "../image/tensor.ts";
import type { Picture } from "../runtime/host.ts";

/** Edge that pictures are shrunk to before they are compared pixel by pixel. */
const edge = 32;

/** A picture as 32 × 32 RGB bytes over white, each the mean of the area that it covers. */
export const thumbnail = (picture: Picture): Uint8Array => resize(flatten(picture), edge, edge, "box").data;

/** Sum of squared differences. */
function distance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}

/** Numbers of the k thumbnails nearest to one, the nearest first; of equally near ones the earlier. */
export function nearest(one: Uint8Array, many: readonly Uint8Array[], k: number): number[] {
  const distances = many.map((other, index) => ({ index, distance: distance(one, other) }));
  return distances
    .sort((a, b) => a.distance - b.distance)
    .slice(0, k)
    .map(({ index }) => index);
}
