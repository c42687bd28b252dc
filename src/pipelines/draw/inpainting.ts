import type { Latents } from "../../diffusion/index.ts";
import { picturesToTensor } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Encoded } from "../model/autoencoder-graphs.ts";
import type { Denoiser } from "../model/denoiser.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";

/** What an in-painting model sees besides the latents. */
export interface Surroundings {
  /** (1 1 h w): 1 where it draws, 0 where the picture stays. */
  readonly mask: Latents;
  /** Of the picture with grey in place of what is drawn. */
  readonly encoded: Encoded;
}

/**
 * A picture as Stable Diffusion's in-painting models were trained to see it: cut by a mask (one channel) of which half is
 * enough, at the latents' size by the first pixel of each. Without a mask, and without a picture, all is to be drawn.
 */
export async function surroundings(
  model: Pick<DiffusionModel, "encode" | "factor">,
  width: number,
  height: number,
  { picture, mask }: { readonly picture?: Picture; readonly mask?: Picture } = {},
): Promise<Surroundings> {
  const { factor } = model;
  const drawn = (x: number, y: number): boolean => !mask || mask.data[y * width + x]! >= 128;
  const pixels = new Float32Array(3 * width * height);
  if (picture && mask) {
    const { data } = picturesToTensor([picture]);
    for (let i = 0; i < pixels.length; i++) {
      const at = i % (width * height);
      if (!drawn(at % width, Math.floor(at / width))) pixels[i] = data[i]!;
    }
  }
  const [h, w] = [height / factor, width / factor];
  const cells = Float32Array.from({ length: h * w }, (_, i) =>
    drawn((i % w) * factor, Math.floor(i / w) * factor) ? 1 : 0,
  );
  const encoded = await model.encode(ndarray(pixels, [1, 3, height, width]));
  return { mask: ndarray(cells, [1, 1, h, w]), encoded };
}

/** A denoiser of in-painting that is asked about latents (n c h w) alone; mask and picture (1 … h w) stay beside them. */
export const beside = (denoiser: Denoiser, mask: Latents, picture: Latents): Denoiser => ({
  denoise: (latents, timestep, text) => denoiser.denoise(withChannels(latents, [mask, picture]), timestep, text),
});

function withChannels(latents: Latents, more: readonly Latents[]): Latents {
  const [n, c, h, w] = latents.shape as [number, number, number, number];
  const channels = c + more.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float32Array(n * channels * h * w);
  const size = c * h * w;
  let offset = 0;
  for (let i = 0; i < n; i++)
    for (const part of [latents.data.subarray(i * size, (i + 1) * size), ...more.map((one) => one.data)]) {
      data.set(part, offset);
      offset += part.length;
    }
  return ndarray(data, [n, channels, h, w]);
}
