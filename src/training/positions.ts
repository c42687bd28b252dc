import { type NdArray, ndarray } from "../runtime/ndarray.ts";

/**
 * Position embeddings (1+patches width) for a square of `edge` patches a side instead of theirs, interpolated between
 * neighbours; the first row, the token's for the whole, stays. Dosovitskiy et al. 2021, section 3.2.
 */
export function resizedPositions({ data, shape }: NdArray<"f32">, edge: number): NdArray<"f32"> {
  const [rows, width] = shape as [number, number];
  const before = Math.sqrt(rows - 1);
  const places = Array.from({ length: edge }, (_, i) => between((before / edge) * (i + 0.5) - 0.5, before));
  const out = new Float32Array((1 + edge * edge) * width);
  out.set(data.subarray(0, width));
  for (const [y, vertical] of places.entries())
    for (const [x, horizontal] of places.entries())
      for (const [row, down] of vertical)
        for (const [column, across] of horizontal) {
          const [to, from] = [1 + y * edge + x, 1 + row * before + column];
          for (let c = 0; c < width; c++) out[to * width + c]! += down * across * data[from * width + c]!;
        }
  return ndarray(out, [1 + edge * edge, width]);
}

/** The two of `count` neighbours that a place lies between, with their shares; the outermost beyond the ends. */
function between(place: number, count: number): readonly (readonly [number, number])[] {
  const within = Math.min(Math.max(place, 0), count - 1);
  const first = Math.floor(within);
  const share = within - first;
  return [
    [first, 1 - share],
    [Math.min(first + 1, count - 1), share],
  ];
}
