/** Strides, in elements, of an array whose elements lie row by row. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let size = 1;
  for (const axis of shape.toReversed()) {
    strides.unshift(size);
    size *= axis;
  }
  return strides;
}

/** Whether elements lie row by row; the stride of an axis of length 1 says nothing. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajor(shape);
  return shape.includes(0) || shape.every((axis, i) => axis === 1 || strides[i] === expected[i]);
}

/** Elements from the first to the one after the last. */
export const reach = (shape: readonly number[], strides: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((sum, axis, i) => sum + (axis - 1) * strides[i]!, 1);

/** Elements of so many bytes, row by row. */
export function gather(
  bytes: Uint8Array,
  size: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(shape.reduce((n, axis) => n * axis, size));
  let to = 0;
  const copy = (axis: number, from: number): void => {
    if (axis === shape.length) {
      for (let i = 0; i < size; i++) out[to++] = bytes[from + i]!;
      return;
    }
    const step = strides[axis]! * size;
    for (let i = 0; i < shape[axis]!; i++) copy(axis + 1, from + i * step);
  };
  if (out.length > 0) copy(0, 0);
  return out;
}
