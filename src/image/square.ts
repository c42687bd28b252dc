import type { Picture } from "../runtime/host.ts";
import { resize } from "./resize.ts";
import { flatten } from "./tensor.ts";

/** A picture in the middle of a white square of a given edge, made smaller where it is larger; transparent parts are white. */
export function onSquare(picture: Picture, edge: number): Picture {
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  const { width, height, data } = resize(flatten(picture), side(picture.width), side(picture.height), "bicubic");
  const square = new Uint8Array(3 * edge * edge).fill(255);
  const [left, top] = [(edge - width) >> 1, (edge - height) >> 1];
  for (let y = 0; y < height; y++)
    square.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * edge + left));
  return { width: edge, height: edge, channels: 3, data: square };
}
