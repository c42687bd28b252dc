import { resize } from "../../src/image/resize.ts";
import type { Random } from "../../src/training/data/random.ts";

/** Edges that pictures are shrunk to, as shares of their own. */
const [smallest, largest] = [0.3, 0.9];

/** Height × width × RGB as if it had been enlarged from a smaller picture: what a decoder draws is never quite sharp. */
export function softened(pixels: Uint8Array, size: number, dice: Random): Uint8Array {
  const edge = Math.round(size * dice.real(smallest, largest));
  const small = resize({ width: size, height: size, channels: 3, data: pixels }, edge, edge, "bilinear");
  return resize(small, size, size, dice.pick(["bilinear", "bicubic"] as const)).data;
}
