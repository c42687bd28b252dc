/** How evenly a sequence of pictures changes, from the distances of each to the next. */
export interface Smoothness {
  readonly mean: number;
  readonly max: number;
  readonly median: number;
  /** The largest jump beside the usual one; 1 is perfectly even. None where most pictures are the same. */
  readonly maxToMedian: number | undefined;
  /** Standard deviation over mean. */
  readonly variation: number | undefined;
  /** Mean change from one distance to the next. */
  readonly jerk: number;
}

/** Figures of distances; all zeros where there are none. */
export function smoothness(distances: readonly number[]): Smoothness {
  const mean = meanOf(distances);
  const sorted = [...distances].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  const median = sorted.length > 0 ? (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2 : 0;
  const max = sorted.at(-1) ?? 0;
  const deviation = Math.sqrt(meanOf(distances.map((d) => (d - mean) ** 2)));
  const changes = distances.slice(1).map((d, i) => Math.abs(d - distances[i]!));
  return {
    mean,
    max,
    median,
    maxToMedian: median > 0 ? max / median : undefined,
    variation: mean > 0 ? deviation / mean : undefined,
    jerk: changes.length > 0 ? meanOf(changes) : 0,
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);

/** Euclidean. */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += (value - b[i]!) ** 2;
  return Math.sqrt(sum);
}
