import { combine, type Latents } from "../../diffusion/index.ts";
import { crop, resize } from "../../image/resize.ts";
import { flatten, picturesToTensor } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Encoded } from "../model/autoencoder-graphs.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { greyMask } from "./mask.ts";
import type { Noise } from "./noise.ts";

/** Scales a picture so that it covers a size, and cuts away what stands out, on both sides alike. */
export function cover(picture: Picture, width: number, height: number): Picture {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  return crop(
    resize(picture, w, h, "lanczos"),
    Math.floor((w - width) / 2),
    Math.floor((h - height) / 2),
    width,
    height,
  );
}

/** A picture's latents (1 c h/f w/f), taken from their posterior. Transparent pixels are white. */
export const encodePicture = async (
  model: Pick<DiffusionModel, "encode">,
  picture: Picture,
  noise: Noise,
): Promise<Latents> => taken(await model.encode(picturesToTensor([flatten(picture)])), noise);

/** Latents from their posterior, by a picture's own noise. */
export function taken({ mean, deviation }: Encoded, noise: Noise): Latents {
  const drawn = noise.posterior(mean.shape).data.map((value, i) => value * deviation.data[i]!);
  return combine([1, mean], [1, ndarray(drawn, mean.shape)]);
}

/** What a mask keeps of latents of a size, (h w): white is drawn anew, black stays. Its nearest pixels count. */
export function keptBy(mask: Picture, width: number, height: number): Latents {
  const { data } = mask.channels === 1 ? mask : greyMask(mask);
  const keep = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = Math.floor(((y + 0.5) * mask.height) / height);
      const column = Math.floor(((x + 0.5) * mask.width) / width);
      keep[y * width + x] = 1 - data[row * mask.width + column]! / 255;
    }
  return ndarray(keep, [height, width]);
}
