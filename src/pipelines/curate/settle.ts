import { UserError } from "../../errors.ts";
import { readJson } from "../../weights/files.ts";
import { removePairs } from "./archive.ts";
import { type Curation, filesOf, jsonBytes, shardOf } from "./curation.ts";
import { gathered } from "./gather.ts";
import { type Candidate, type Duplicate, findDuplicates } from "./near.ts";
import { decodeRows, encodeRows } from "./parquet.ts";
import { type CurateReport, reportOf } from "./report.ts";
import { reportPage } from "./report-page.ts";
import type { Row } from "./row.ts";
import { type ShardStatistics, statisticsOf } from "./statistics.ts";

export interface SettleProgress {
  /** Shards that were read, and then those that were settled: both count. */
  readonly done: number;
  readonly total: number;
}

const utf8 = new TextEncoder();

/**
 * Takes out what is there twice in all shards, and writes the report. A picture goes where one with a smaller key equals it,
 * so that no order of the work shows. Can be begun again: shards that were written anew say so in their statistics. Throws a
 * UserError while jobs are not done.
 */
export async function* settle(curation: Curation, signal?: AbortSignal): AsyncGenerator<SettleProgress, CurateReport> {
  const { host, out, options } = curation;
  const all = await gathered(curation);
  if (!all) throw new UserError(`${out} has not been gathered yet; go on with latentkit curate`);
  const shards = Array.from({ length: all.shards }, (_, shard) => shard);
  const total = 2 * shards.length;
  const candidates: Candidate[] = [];
  for (const shard of shards) {
    signal?.throwIfAborted();
    candidates.push(...(await candidatesOf(curation, shard)));
    yield { done: shard + 1, total };
  }
  const duplicates = new Map<number, Map<string, Duplicate>>();
  for (const duplicate of findDuplicates(candidates, options.near)) {
    const shard = shardOf(curation, duplicate.key);
    duplicates.set(shard, (duplicates.get(shard) ?? new Map()).set(duplicate.key, duplicate));
  }
  const statistics: ShardStatistics[] = [];
  for (const shard of shards) {
    signal?.throwIfAborted();
    statistics.push(await settleShard(curation, shard, duplicates.get(shard) ?? new Map()));
    yield { done: shards.length + shard + 1, total };
  }
  const report = reportOf(curation, all, statistics);
  await host.write(`${out}/report.html`, [utf8.encode(reportPage(report))]);
  await host.write(`${out}/report.json`, jsonBytes(report));
  return report;
}

async function statisticsIn({ host }: Curation, path: string): Promise<ShardStatistics> {
  if (!(await host.exists(path))) throw new UserError(`${path} is not there yet; go on with latentkit curate`);
  return (await readJson(host, path)) as unknown as ShardStatistics;
}

/** The pictures of a shard that were kept when it was made. */
async function candidatesOf(curation: Curation, shard: number): Promise<Candidate[]> {
  const { rows, statistics } = filesOf(curation, shard);
  await statisticsIn(curation, statistics);
  const columns = ["key", "status", "sha256", "phash", "colours"] as const;
  const read = await decodeRows(await bytesOf(curation, rows), columns);
  return read.flatMap(({ key, status, sha256, phash, colours }) =>
    status === "success" || status === "duplicate" ? [{ key, sha256: sha256!, phash: phash!, colours: colours! }] : [],
  );
}

/** Writes a shard without its duplicates; one that has none, or was written so already, stays as it is. */
async function settleShard(
  curation: Curation,
  shard: number,
  duplicates: ReadonlyMap<string, Duplicate>,
): Promise<ShardStatistics> {
  const { host } = curation;
  const files = filesOf(curation, shard);
  const before = await statisticsIn(curation, files.statistics);
  if (before.duplicates === duplicates.size) return before;
  await removePairs(host, files.tar, new Set(duplicates.keys()));
  const rows = (await decodeRows(await bytesOf(curation, files.rows))).map((row): Row => {
    const duplicate = duplicates.get(row.key);
    return duplicate ? { ...row, status: "duplicate", error_message: sameAs[duplicate.by] + duplicate.of } : row;
  });
  await host.write(files.rows, [encodeRows(rows)]);
  const statistics = statisticsOf(rows, before);
  await host.write(files.statistics, jsonBytes(statistics));
  return statistics;
}

const sameAs = { sha256: "the same file as ", phash: "nearly the same picture as " } as const;

async function bytesOf({ host }: Curation, path: string): Promise<Uint8Array> {
  const source = await host.open(path);
  return source.read(0, source.size);
}
