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

/** A part of an array with its surroundings. */
export interface Tile {
  readonly part: Array4;
  readonly row: Span;
  readonly column: Span;
}

/** The parts of (1 c h w), each with its surroundings. */
export function* tilesOf(x: Array4, { core, context, wrap }: Tiling): Generator<Tile> {
  const [, , height, width] = x.shape as [number, number, number, number];
  for (const row of spans(height, core, context, wrap))
    for (const column of spans(width, core, context, wrap)) yield { part: window(x, row, column), row, column };
}

/** Where a part is not surroundings: (1 1 h w) at `scale` times its size, 1 there and 0 elsewhere. */
export function coreOf({ row, column }: Tile, scale: number): Array4 {
  const [h, w] = [(row.to - row.from) * scale, (column.to - column.from) * scale];
  const inside = ({ start, end, from }: Span, i: number): boolean =>
    i >= (start - from) * scale && i < (end - from) * scale;
  const data = Float32Array.from({ length: h * w }, (_, i) =>
    inside(row, Math.floor(i / w)) && inside(column, i % w) ? 1 : 0,
  );
  return ndarray(data, [1, 1, h, w]);
}

/** Computes (1 c h w) part by part; the result keeps nothing of the surroundings. */
export async function inTiles(x: Array4, tiling: Tiling, run: (part: Array4) => Promise<Array4>): Promise<Array4> {
  const { scale } = tiling;
  const [, , height, width] = x.shape as [number, number, number, number];
  let result: Array4 | undefined;
  for (const { part: seen, row, column } of tilesOf(x, tiling)) {
    const part = await run(seen);
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

export interface Span {
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
