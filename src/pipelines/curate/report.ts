import type { Curation } from "./curation.ts";
import type { Gathered } from "./gather.ts";
import type { CurateOptions } from "./options.ts";
import { type ShardStatistics, type Total, totalOf } from "./statistics.ts";

/** What a data set is like, and what became of every pair that was read. */
export interface CurateReport {
  readonly options: CurateOptions;
  readonly gathered: Gathered;
  readonly shards: number;
  /** Pairs in the data set. */
  readonly kept: number;
  readonly total: Total;
  /** Seconds from the first shard's beginning to the last one's end. */
  readonly elapsed: number;
  readonly pairsPerSecond: number;
}

export function reportOf({ options }: Curation, all: Gathered, shards: readonly ShardStatistics[]): CurateReport {
  const total = totalOf(shards);
  const elapsed =
    shards.length === 0
      ? 0
      : shards.reduce((last, { end_time }) => Math.max(last, end_time), -Infinity) -
        shards.reduce((first, { start_time }) => Math.min(first, start_time), Infinity);
  return {
    options,
    gathered: all,
    shards: shards.length,
    kept: total.successes,
    total,
    elapsed,
    pairsPerSecond: elapsed > 0 ? total.count / elapsed : 0,
  };
}
