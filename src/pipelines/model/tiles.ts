import { type NdArray, ndarray } from "../../runtime/ndarray.ts";

export interface Tiling {
  /** Height and width of what each tile adds to the result, in places of x. */
  readonly core: number;
  /** Places around it that the result depends on. */
  readonly context: number;
  /** Places of the result to one of x: 2, or ½ where core and context are even. */
  readonly scale: number;
  /** Whether what lies beyond an edge is the opposite edge. */
  readonly wrap: boolean;
}

type Array4 = NdArray<"f32">;

/** Computes (1 c h w) part by part: each part with its surroundings, of which the result does not keep anything. */
export async function inTiles(x: Array4, tiling: Tiling, run: (part: Array4) => Promise<Array4>): Promise<Array4> {
  const { core, context, scale, wrap } = tiling;
  const [, , height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [spans(height, core, context, wrap), spans(width, core, context, wrap)];
  let result: Array4 | undefined;
  for (const row of rows)
    for (const column of columns) {
      const part = await run(window(x, row, column));
      result ??= ndarray(new Float32Array(part.shape[1]! * height * width * scale * scale), [
        1,
        part.shape[1]!,
        height * scale,
        width * scale,
      ]);
      place(result, part, row, column, scale);
    }
  return result!;
}

interface Span {
  /** Of the part that is kept. */
  readonly start: number;
  readonly end: number;
  /** Of all that is seen; beyond the array where it wraps. */
  readonly from: number;
  readonly to: number;
}

/** Parts of a length, as equal as they can be made of even ones. */
function spans(length: number, core: number, context: number, wrap: boolean): Span[] {
  const count = Math.ceil(length / core);
  const step = 2 * Math.ceil(length / count / 2);
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => {
    const [start, end] = [i * step, Math.min((i + 1) * step, length)];
    return wrap
      ? { start, end, from: start - context, to: end + context }
      : { start, end, from: Math.max(start - context, 0), to: Math.min(end + context, length) };
  });
}

function window({ data, shape }: Array4, row: Span, column: Span): Array4 {
  const [, c, height, width] = shape as [number, number, number, number];
  const [h, w] = [row.to - row.from, column.to - column.from];
  const part = new Float32Array(c * h * w);
  for (let k = 0, at = 0; k < c; k++)
    for (let y = row.from; y < row.to; y++) {
      const line = (k * height + modulo(y, height)) * width;
      for (let x = column.from; x < column.to; x++) part[at++] = data[line + modulo(x, width)]!;
    }
  return ndarray(part, [1, c, h, w]);
}

function place(whole: Array4, part: Array4, row: Span, column: Span, scale: number): void {
  const [, c, height, width] = whole.shape as [number, number, number, number];
  const [h, w] = part.shape.slice(2) as [number, number];
  const [top, left] = [(row.start - row.from) * scale, (column.start - column.from) * scale];
  const length = (column.end - column.start) * scale;
  for (let k = 0; k < c; k++)
    for (let y = 0; y < (row.end - row.start) * scale; y++) {
      const from = (k * h + top + y) * w + left;
      whole.data.set(
        part.data.subarray(from, from + length),
        (k * height + row.start * scale + y) * width + column.start * scale,
      );
    }
}

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

/** Every k-th place of (1 c h w), along both sides. */
export function thinned({ data, shape }: Array4, k: number): Array4 {
  const [, c, height, width] = shape as [number, number, number, number];
  const [h, w] = [Math.ceil(height / k), Math.ceil(width / k)];
  const out = new Float32Array(c * h * w);
  for (let i = 0, at = 0; i < c; i++)
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[at++] = data[(i * height + y * k) * width + x * k]!;
  return ndarray(out, [1, c, h, w]);
}
