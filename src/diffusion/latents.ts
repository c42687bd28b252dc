import { type NdArray, ndarray } from "../runtime/ndarray.ts";

/** Pictures in the autoencoder's space, (n c h w). */
export type Latents = NdArray<"f32">;

export type Term = readonly [coefficient: number, latents: Latents];

/**
 * Σ coefficient · latents, summed in float64: the one operation that every step of every sampler is. A term with
 * coefficient 0 is not read.
 */
export function combine(...terms: readonly Term[]): Latents {
  const { shape, data } = terms[0]![1];
  const sum = new Float64Array(data.length);
  for (const [coefficient, latents] of terms) {
    if (latents.data.length !== sum.length) {
      throw new Error(`combine: latents [${latents.shape.join(",")}] do not fit [${shape.join(",")}]`);
    }
    if (coefficient === 0) continue;
    const values = latents.data;
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + coefficient * values[i]!;
  }
  return ndarray(Float32Array.from(sum), shape);
}

/** Latents of all pictures, one after the other, as one batch. */
export function stack(pictures: readonly Latents[]): Latents {
  const count = pictures.reduce((n, { shape }) => n + shape[0]!, 0);
  const data = new Float32Array(pictures.reduce((n, picture) => n + picture.data.length, 0));
  let offset = 0;
  for (const picture of pictures) {
    data.set(picture.data, offset);
    offset += picture.data.length;
  }
  return ndarray(data, [count, ...pictures[0]!.shape.slice(1)]);
}

/** The pictures of a batch, each a batch of one; they share its memory. */
export function rows({ data, shape: [n, ...shape] }: Latents): Latents[] {
  const size = data.length / n!;
  return Array.from({ length: n! }, (_, i) => ndarray(data.subarray(i * size, (i + 1) * size), [1, ...shape]));
}
