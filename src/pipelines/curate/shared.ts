import { UserError } from "../../errors.ts";
import type { Queue, Work, Working } from "../../runtime/queue.ts";
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

/** Shards that a process makes at once: while the last downloads of one are waited for, the next one is begun. */
const slots = 2;

/** Where shards are made. */
export interface Sharing {
  readonly queue: Queue;
  /** This process's own; without one all is left to others. */
  readonly worker: ShardWorker | undefined;
}

/** Has shards made by whoever works on the queue. Throws a UserError that names one which was given up. */
export async function* shareShards(
  { queue, worker }: Sharing,
  curation: Curation,
  jobs: readonly CurateJob[],
  signal?: AbortSignal,
): AsyncGenerator<SharedProgress> {
  const { out } = curation;
  const keyOfJob = ({ shard }: CurateJob): string => `${out} ${shardName(shard)}`;
  const sent = jobs.map((job) => ({ key: keyOfJob(job), group: out, data: { out, shard: job.shard } }));
  await queue.send(shardKind, sent);
  const own = worker && (await workOn(queue, worker));
  try {
    for await (const { waiting, working } of queue.watch(shardKind, out, signal))
      yield { done: jobs.length - waiting - working, total: jobs.length, working };
  } finally {
    await own?.stop();
  }
  for (const job of jobs) {
    if (await isDone(curation, job)) continue;
    const { message } = (await queue.look(shardKind, keyOfJob(job)))?.told ?? {};
    throw new UserError(`shard ${shardName(job.shard)} was not made: ${message ?? "its job was called off"}`);
  }
}

/** Makes shards of all data sets in a queue. */
export const workOn = (queue: Queue, worker: ShardWorker): Promise<Working> =>
  queue.work(shardKind, worker.work, slots);

/** A data set that this process makes shards of. */
interface Opened {
  readonly curation: Curation;
  readonly tools: Tools;
}

interface Place {
  readonly opened: Promise<Opened>;
  users: number;
}

/** Makes shards of any data set whose folder can be reached; what the last one needed stays open. */
export class ShardWorker {
  readonly #open: (out: string) => Promise<Opened>;
  readonly #told: (made: string) => void;
  readonly #places = new Map<string, Place>();

  constructor(open: (out: string) => Promise<Opened>, told: (made: string) => void) {
    this.#open = open;
    this.#told = told;
  }

  readonly work: Work = async ({ data, signal, report }) => {
    const { out, shard } = data as { readonly out: string; readonly shard: number };
    const place = await this.#enter(out);
    try {
      const { curation, tools } = await place.opened;
      const making = curateShard(curation, { shard }, tools, signal);
      for (;;) {
        const step = await making.next();
        if (step.done) {
          const { count, successes, duration } = step.value;
          this.#told(`${out}/${shardName(shard)}: kept ${successes} of ${count} pairs in ${duration.toFixed(1)} s`);
          return { count, successes };
        }
        const { done, total, kept } = step.value;
        report({ done, total, kept });
      }
    } finally {
      place.users--;
    }
  };

  /** Opens a data set unless it is, and closes others that nobody is in. */
  async #enter(out: string): Promise<Place> {
    const place = this.#places.get(out) ?? { opened: this.#open(out), users: 0 };
    this.#places.set(out, place);
    place.users++;
    // A failure is not kept.
    place.opened.catch(() => this.#places.delete(out));
    await this.#leave((other) => other.users === 0);
    return place;
  }

  close(): Promise<void> {
    return this.#leave(() => true);
  }

  async #leave(which: (place: Place) => boolean): Promise<void> {
    const left = [...this.#places].filter(([, place]) => which(place));
    for (const [out] of left) this.#places.delete(out);
    await Promise.all(left.map(async ([, { opened }]) => (await opened.catch(() => undefined))?.tools.close()));
  }
}
