import { tensorToPictures } from "../image/tensor.ts";
import type { Picture } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";

/** One picture of many: batches (n 3 h w) in [−1, 1], all of one size, laid out row by row with a thin white gap. */
export function contactSheet(batches: readonly NdArray<"f32">[], columns: number): Picture {
  const pictures = batches.flatMap(tensorToPictures);
  const { width, height } = pictures[0]!;
  const gap = 2;
  const rows = Math.ceil(pictures.length / columns);
  const sheet = {
    width: columns * (width + gap) - gap,
    height: rows * (height + gap) - gap,
    channels: 3 as const,
  };
  const data = new Uint8Array(sheet.width * sheet.height * 3).fill(255);
  pictures.forEach((picture, i) => {
    const left = (i % columns) * (width + gap);
    const top = Math.floor(i / columns) * (height + gap);
    for (let y = 0; y < height; y++) {
      const row = picture.data.subarray(y * width * 3, (y + 1) * width * 3);
      data.set(row, ((top + y) * sheet.width + left) * 3);
    }
  });
  return { ...sheet, data };
}

/** Every second row its counterpart: `above` (n 3 h w) over `below`, in as many columns as there are pictures. */
export const pairsSheet = (above: NdArray<"f32">, below: NdArray<"f32">): Picture =>
  contactSheet([above, below], above.shape[0]!);

/** The first entries of a batch. */
export function first({ data, shape }: NdArray<"f32">, count: number): NdArray<"f32"> {
  const size = data.length / shape[0]!;
  return ndarray(data.slice(0, count * size), [count, ...shape.slice(1)]);
}
