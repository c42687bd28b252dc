import type { Latents } from "../../diffusion/index.ts";
import { resize } from "../../image/resize.ts";
import { tensorToPictures } from "../../image/tensor.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { encodePicture } from "./given-picture.ts";
import type { Noise } from "./noise.ts";

/** How latents are enlarged: by themselves, or as the picture that they stand for. */
export type Upscaler = "latent" | "lanczos";

/** Latents (1 c h w) of the same picture at another size, in latents. */
export async function enlarged(
  model: DiffusionModel,
  latents: Latents,
  [height, width]: readonly [number, number],
  upscaler: Upscaler,
  noise: Noise,
): Promise<Latents> {
  if (upscaler === "latent") return bilinear(latents, height, width);
  const [picture] = tensorToPictures(await model.decode(latents));
  return encodePicture(model, resize(picture!, width * model.factor, height * model.factor, "lanczos"), noise);
}

/** Linear between the centres of places, as torch's `interpolate` without aligned corners. */
export function bilinear({ data, shape }: Latents, height: number, width: number): Latents {
  const [n, c, h, w] = shape as [number, number, number, number];
  const [rows, columns] = [taps(h, height), taps(w, width)];
  const out = new Float32Array(n * c * height * width);
  for (let plane = 0, at = 0; plane < n * c; plane++)
    for (const [top, bottom, down] of rows) {
      const [above, below] = [(plane * h + top) * w, (plane * h + bottom) * w];
      for (const [left, right, across] of columns) {
        const mix = (line: number): number => data[line + left]! * (1 - across) + data[line + right]! * across;
        out[at++] = mix(above) * (1 - down) + mix(below) * down;
      }
    }
  return ndarray(out, [n, c, height, width]);
}

/** The two neighbours of each new place, and the share of the second. */
const taps = (from: number, to: number): (readonly [number, number, number])[] =>
  Array.from({ length: to }, (_, i) => {
    const at = Math.max(((i + 0.5) * from) / to - 0.5, 0);
    const low = Math.floor(at);
    return [low, Math.min(low + 1, from - 1), at - low];
  });
