/** One vector a picture, row-major (count, width). */
export interface Features {
  readonly count: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** The rows as given, one after the other. Throws when their lengths differ. */
export function stack(rows: readonly Float32Array[]): Features {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    if (row.length !== width) throw new Error(`stack: a vector of ${row.length} numbers among those of ${width}`);
    data.set(row, i * width);
  }
  return { count: rows.length, width, data };
}

/** The rows of all parts, one part after the other. Throws when their widths differ. */
export const joined = (parts: readonly Features[]): Features =>
  stack(parts.flatMap((part) => Array.from({ length: part.count }, (_, i) => rowOf(part, i))));

export const rowOf = ({ width, data }: Features, i: number): Float32Array => data.subarray(i * width, (i + 1) * width);

/** Every row made √width long, so that its numbers are of the size one, whatever the model's scale. */
export function standardised(features: Features): Features {
  const { count, width } = features;
  const data = features.data.slice();
  for (let i = 0; i < count; i++) {
    const row = data.subarray(i * width, (i + 1) * width);
    const length = Math.hypot(...row);
    for (let j = 0; j < width; j++) row[j]! *= Math.sqrt(width) / length;
  }
  return { count, width, data };
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
