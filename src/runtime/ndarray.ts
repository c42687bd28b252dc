import type { DType } from "../graph/dtype.ts";

/** Backing arrays by element type; f16 is held as its bits. */
export interface DataOf {
  readonly f32: Float32Array;
  readonly f16: Uint16Array;
  readonly i64: BigInt64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly bool: Uint8Array;
}

/** A dense row-major array with a shape: what goes into and comes out of a compiled graph. */
export interface NdArray<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

export const elements = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export function ndarray(data: Float32Array, shape: readonly number[]): NdArray<"f32"> {
  if (data.length !== elements(shape)) throw new Error(`${data.length} values do not fill [${shape.join(",")}]`);
  return { dtype: "f32", shape, data };
}

export const ints = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray<"i64"> => ({
  dtype: "i64",
  shape,
  data: BigInt64Array.from(values, BigInt),
});

export const zeros = (shape: readonly number[]): NdArray<"f32"> => ndarray(new Float32Array(elements(shape)), shape);
