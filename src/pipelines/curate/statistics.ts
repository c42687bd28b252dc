import { type Bins, counted, emptyHistogram, type Histogram, joined } from "./histogram.ts";
import { type Counted, Reasons } from "./reasons.ts";
import type { Row, Status } from "./row.ts";

/** What is counted of measured pictures. */
const scales = {
  similarity: { from: -0.2, step: 0.02, bins: 60 },
  aesthetic: { from: 0, step: 0.25, bins: 40 },
  punsafe: { from: 0, step: 0.05, bins: 20 },
  /** Of pixels, by eighths of a doubling: from 16 to 16384. */
  original_width: { from: 4, step: 0.25, log: true, bins: 40 },
  original_height: { from: 4, step: 0.25, log: true, bins: 40 },
  /** Longer by shorter side. */
  aspect: { from: 1, step: 0.1, bins: 40 },
  /** Characters. */
  caption: { from: 0, step: 10, bins: 40 },
} as const satisfies Record<string, Bins>;

export type Measured = keyof typeof scales;

/** Seconds of work: waiting for the network (all pairs together), threads, engine, disk. */
export type Stage = "fetch" | "look" | "compare" | "write";

/** The statistics of a shard, in img2dataset's names where it has some. */
export interface ShardStatistics {
  readonly shard: number;
  readonly count: number;
  readonly successes: number;
  readonly failed_to_download: number;
  readonly failed_to_resize: number;
  readonly filtered: number;
  readonly duplicates: number;
  /** Bytes of downloads. */
  readonly bytes: number;
  /** Seconds since 1970, and between. */
  readonly start_time: number;
  readonly end_time: number;
  readonly duration: number;
  readonly seconds: Readonly<Record<Stage, number>>;
  /** img2dataset's: how often each status and reason came. */
  readonly status_dict: Readonly<Record<string, number>>;
  /** The same with URLs of the first. */
  readonly reasons: Counted;
  readonly remarks: Counted;
  readonly languages: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<Measured, Histogram>>;
}

/** What only the maker of a shard knows. */
export type Making = Pick<ShardStatistics, "shard" | "bytes" | "start_time" | "end_time" | "seconds" | "remarks">;

const values: Readonly<Record<Measured, (row: Row) => number | null>> = {
  similarity: (row) => row.similarity,
  aesthetic: (row) => row.aesthetic,
  punsafe: (row) => row.punsafe,
  original_width: (row) => row.original_width,
  original_height: (row) => row.original_height,
  aspect: ({ original_width: w, original_height: h }) => (w && h ? Math.max(w / h, h / w) : null),
  caption: (row) => [...row.caption].length,
};

/** Counts a shard's rows. */
export function statisticsOf(rows: readonly Row[], making: Making): ShardStatistics {
  const withStatus = (status: Status): number => rows.filter((row) => row.status === status).length;
  const reasons = new Reasons();
  for (const { error_message: reason, url } of rows) if (reason !== null) reasons.add(general(reason), url);
  const named = reasons.summary();
  const { shard, bytes, start_time, end_time, seconds, remarks } = making;
  return {
    shard,
    count: rows.length,
    successes: withStatus("success"),
    failed_to_download: withStatus("failed_to_download"),
    failed_to_resize: withStatus("failed_to_resize"),
    filtered: withStatus("filtered"),
    duplicates: withStatus("duplicate"),
    bytes,
    start_time,
    end_time,
    duration: end_time - start_time,
    seconds,
    status_dict: {
      success: withStatus("success"),
      ...Object.fromEntries(Object.entries(named).map(([reason, { count }]) => [reason, count])),
    },
    reasons: named,
    remarks,
    languages: tally(rows.filter(({ status }) => status === "success").map(({ language }) => language)),
    histograms: mapped(scales, (bins, name) =>
      counted(
        emptyHistogram(bins),
        rows.flatMap((row) => values[name](row) ?? []),
      ),
    ),
  };
}

/** A duplicate's reason names the other one. */
const general = (reason: string): string => reason.replace(/ as \d+$/, " as another");

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function mapped<K extends string, A, B>(record: Readonly<Record<K, A>>, map: (value: A, key: K) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, map(value, key as K)])) as Record<
    K,
    B
  >;
}

const added = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> => {
  const sum = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
};

/** What shards have in sum. */
export type Total = Omit<ShardStatistics, "shard" | "start_time" | "end_time" | "duration" | "status_dict">;

export function totalOf(all: readonly ShardStatistics[]): Total {
  const sum = (of: (one: ShardStatistics) => number): number => all.reduce((total, one) => total + of(one), 0);
  const [reasons, remarks] = [new Reasons(), new Reasons()];
  for (const one of all) {
    reasons.join(one.reasons);
    remarks.join(one.remarks);
  }
  const none = { fetch: 0, look: 0, compare: 0, write: 0 };
  return {
    count: sum((one) => one.count),
    successes: sum((one) => one.successes),
    failed_to_download: sum((one) => one.failed_to_download),
    failed_to_resize: sum((one) => one.failed_to_resize),
    filtered: sum((one) => one.filtered),
    duplicates: sum((one) => one.duplicates),
    bytes: sum((one) => one.bytes),
    seconds: all.reduce<Record<Stage, number>>(
      (total, one) => added(total, one.seconds) as Record<Stage, number>,
      none,
    ),
    reasons: reasons.summary(),
    remarks: remarks.summary(),
    languages: all.reduce<Record<string, number>>((total, one) => added(total, one.languages), {}),
    histograms: mapped(scales, (bins, name) =>
      all.reduce((total, one) => joined(total, one.histograms[name]), emptyHistogram(bins)),
    ),
  };
}
