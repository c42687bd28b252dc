/** Numbers counted by where they fall. */
export interface Histogram {
  /** Where the first bin begins, and how wide each is: of the numbers' logarithms to the base 2 where `log` says so. */
  readonly from: number;
  readonly step: number;
  readonly log?: true;
  /** The first and last bin also have what lies beyond. */
  readonly counts: readonly number[];
}

export type Bins = Omit<Histogram, "counts"> & { readonly bins: number };

export const emptyHistogram = ({ bins, ...scale }: Bins): Histogram => ({
  ...scale,
  counts: Array<number>(bins).fill(0),
});

export const binOf = ({ from, step, log, counts }: Histogram, value: number): number =>
  Math.min(counts.length - 1, Math.max(0, Math.floor(((log ? Math.log2(value) : value) - from) / step + 1e-9)));

export function counted(histogram: Histogram, values: Iterable<number>): Histogram {
  const counts = [...histogram.counts];
  for (const value of values) counts[binOf(histogram, value)]!++;
  return { ...histogram, counts };
}

export const joined = (a: Histogram, b: Histogram): Histogram => ({
  ...a,
  counts: a.counts.map((count, i) => count + b.counts[i]!),
});
