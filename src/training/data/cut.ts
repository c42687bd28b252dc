import { crop, resize } from "../../image/resize.ts";
import { flatten } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import type { Cut } from "./examples.ts";
import type { Random } from "./random.ts";

/** The square of a picture that a model sees: shorter side resized to `size`, a window cut out, perhaps mirrored. */
export function cutSquare(picture: Picture, dice: Random, { size, crop: edge, window, flip }: Cut): Picture {
  const scale = size / Math.min(picture.width, picture.height);
  const width = Math.max(size, Math.round(picture.width * scale));
  const height = Math.max(size, Math.round(picture.height * scale));
  // Area when shrinking, Lanczos when enlarging, as img2dataset does.
  const resized = resize(flatten(picture), width, height, scale < 1 ? "box" : "lanczos");
  const at = (room: number): number => (window === "centre" ? Math.floor(room / 2) : dice.int(room + 1));
  const square = crop(resized, at(width - edge), at(height - edge), edge, edge);
  return flip && dice.chance(0.5) ? mirrored(square) : square;
}

/** Left and right exchanged. */
function mirrored({ width, height, channels, data }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      out.set(data.subarray(from, from + channels), (y * width + width - 1 - x) * channels);
    }
  }
  return { width, height, channels, data: out };
}
