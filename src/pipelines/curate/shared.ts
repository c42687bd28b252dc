import { UserError } from "../../errors.ts";
import type { Queue, Work } from "../../runtime/queue.ts";
import { type CurateJob, type Curation, isDone, shardName } from "./curation.ts";
import { curateShard } from "./shard.ts";
import type { Tools } from "./tools.ts";

/** What the queue calls jobs that make shards. */
export const shardKind = "curate";

export interface SharedProgress {
  readonly done: number;
  readonly total: number;
  /** Shards that workers are making now. */
  readonly working: number;
}

/** Has workers make shards. Throws a UserError that names a shard which was given up. */
export async function* shareShards(
  queue: Queue,
  curation: Curation,
  jobs: readonly CurateJob[],
  signal?: AbortSignal,
): AsyncGenerator<SharedProgress> {
  const { out } = curation;
  const keyOfJob = ({ shard }: CurateJob): string => `${out} ${shardName(shard)}`;
  const sent = jobs.map((job) => ({ key: keyOfJob(job), group: out, data: { out, shard: job.shard } }));
  await queue.send(shardKind, sent);
  for await (const { waiting, working } of queue.watch(shardKind, out, signal))
    yield { done: jobs.length - waiting - working, total: jobs.length, working };
  for (const job of jobs) {
    if (await isDone(curation, job)) continue;
    const { message } = (await queue.look(shardKind, keyOfJob(job)))?.told ?? {};
    throw new UserError(`shard ${shardName(job.shard)} was not made: ${message ?? "its job was called off"}`);
  }
}

/** A data set that this process makes shards of. */
interface Opened {
  readonly curation: Curation;
  readonly tools: Tools;
}

/** Makes shards of any data set whose folder can be reached; what the last one needed stays open. */
export class ShardWorker {
  readonly #open: (out: string) => Promise<Opened>;
  readonly #told: (line: string) => void;
  #current: { readonly out: string; readonly opened: Promise<Opened> } | undefined;

  constructor(open: (out: string) => Promise<Opened>, told: (line: string) => void) {
    this.#open = open;
    this.#told = told;
  }

  readonly work: Work = async ({ data, signal, report }) => {
    const { out, shard } = data as { readonly out: string; readonly shard: number };
    const { curation, tools } = await this.#of(out);
    const making = curateShard(curation, { shard }, tools, signal);
    for (;;) {
      const step = await making.next();
      if (step.done) {
        const { count, successes, duration } = step.value;
        this.#told(`${out} ${shardName(shard)}: kept ${successes} of ${count} pairs in ${duration.toFixed(1)} s`);
        return { count, successes };
      }
      const { done, total, kept } = step.value;
      report({ done, total, kept });
    }
  };

  async #of(out: string): Promise<Opened> {
    if (this.#current?.out !== out) {
      await this.close();
      this.#current = { out, opened: this.#open(out) };
    }
    const { opened } = this.#current!;
    // A failure is not kept.
    opened.catch(() => {
      this.#current = undefined;
    });
    return opened;
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await (await current?.opened.catch(() => undefined))?.tools.close();
  }
}
