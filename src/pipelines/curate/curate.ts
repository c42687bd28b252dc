import { interleaved } from "./as-ready.ts";
import { type CurateJob, type Curation, isDone } from "./curation.ts";
import { gather } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import type { CurateReport } from "./report.ts";
import { settle } from "./settle.ts";
import { curateShard } from "./shard.ts";
import { type Sharing, shareShards } from "./shared.ts";
import type { Tools } from "./tools.ts";

/** Shards in the making: while the last downloads of one are waited for, the next one is begun. */
const atOnce = 2;

export interface CurateOptionsHere {
  readonly curation: Curation;
  readonly inputs: Inputs;
  /** Opened when there is something to do. */
  readonly openTools: () => Promise<Tools>;
  /** A queue that shards are made by way of, in place of this process alone. */
  readonly sharing?: Sharing | undefined;
  readonly signal?: AbortSignal;
}

export interface CurateProgress {
  /** Reading lists, making shards, and taking out what is there twice. */
  readonly stage: "reading" | "curating" | "settling";
  /** Shards read so far; pairs, or shards where workers share them; shards. */
  readonly done: number;
  readonly total: number;
  /** Pairs that this run kept, before what is there twice is taken out. */
  readonly kept: number;
  /** Shards that workers are making now. */
  readonly working?: number;
}

/** The whole pipeline in one process. Killed anywhere and begun again, it goes on with the shards that are not done. */
export async function* curate(given: CurateOptionsHere): AsyncGenerator<CurateProgress, CurateReport> {
  const { curation, inputs, signal } = given;
  const { shardSize } = curation.options;
  const jobs: CurateJob[] = [];
  const gathering = gather(curation, inputs);
  let step = await gathering.next();
  for (; !step.done; step = await gathering.next()) {
    signal?.throwIfAborted();
    jobs.push(step.value);
    yield { stage: "reading", done: jobs.length, total: jobs.length, kept: 0 };
  }
  const { pairs, shards } = step.value;
  const pairsIn = ({ shard }: CurateJob): number => (shard === shards - 1 ? pairs - shard * shardSize : shardSize);
  const open: CurateJob[] = [];
  for (const job of jobs) if (!(await isDone(curation, job))) open.push(job);
  const total = open.reduce((sum, job) => sum + pairsIn(job), 0);
  if (open.length > 0 && given.sharing)
    for await (const shared of shareShards(given.sharing, curation, open, signal))
      yield { stage: "curating", ...shared, kept: 0 };
  else if (open.length > 0)
    for await (const { done, kept } of makeShards(given, open)) yield { stage: "curating", done, total, kept };
  const settling = settle(curation, signal);
  for (;;) {
    const settled = await settling.next();
    if (settled.done) return settled.value;
    yield { stage: "settling", ...settled.value, kept: 0 };
  }
}

/** Makes shards, and counts pairs over all of them. */
async function* makeShards(
  { curation, openTools, signal }: CurateOptionsHere,
  jobs: readonly CurateJob[],
): AsyncGenerator<{ readonly done: number; readonly kept: number }> {
  const tools = await openTools();
  async function* shards() {
    for (const job of jobs) yield curateShard(curation, job, tools, signal);
  }
  const before = new Map<number, { readonly done: number; readonly kept: number }>();
  let [done, kept] = [0, 0];
  try {
    for await (const now of interleaved(shards(), atOnce)) {
      done += now.done - (before.get(now.shard)?.done ?? 0);
      kept += now.kept - (before.get(now.shard)?.kept ?? 0);
      before.set(now.shard, now);
      yield { done, kept };
    }
  } finally {
    await tools.close();
  }
}
