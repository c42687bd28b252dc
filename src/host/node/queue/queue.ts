import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type PgBoss from "pg-boss";
import { UserError } from "../../../errors.ts";
import type { JobCounts, JobData, JobState, JobStatus, NewJob, Queue, Work, Working } from "../../../runtime/queue.ts";
import { Claim, schema } from "./claim.ts";
import { type Database, openDatabase, optional } from "./database.ts";

export interface QueueOptions {
  /** Seconds that a claim to a job lasts unless it is renewed, 60 by default. */
  readonly claim?: number;
  /** Hears what goes wrong meanwhile and may be over soon, such as a connection that breaks. */
  readonly remark?: (text: string) => void;
}

/** Times that a job is tried anew, and seconds before the first of them; each further one waits twice as long. */
const [retryLimit, retryDelay] = [4, 2];
/** Jobs that are sent at once. */
const atOnce = 1000;
/** Milliseconds between looks where there was nothing to do, or nothing new. */
const idle = 1000;
/** pg-boss would put away jobs that nobody takes within two weeks. */
const keepDays = 365;

const states: Readonly<Record<PgBoss.JobWithMetadata["state"], JobState>> = {
  created: "waiting",
  retry: "waiting",
  active: "working",
  completed: "done",
  failed: "failed",
  cancelled: "cancelled",
};

/**
 * Opens a queue in a PostgreSQL (`postgres://user:password@host/name`), for any number of machines, or in a folder, for
 * this process. Throws a UserError where that cannot be reached.
 */
export async function openQueue(place: string, { claim = 60, remark = () => {} }: QueueOptions = {}): Promise<Queue> {
  const { default: Boss } = await optional("pg", () => import("pg-boss"));
  const database = await openDatabase(place);
  const boss = new Boss({
    ...database.options,
    schema,
    application_name: "latentkit",
    schedule: false,
    retentionDays: keepDays,
    maintenanceIntervalSeconds: Math.max(1, Math.round(claim / 2)),
  });
  boss.on("error", ({ message }) => remark(`${database.name}: ${message}`));
  try {
    await boss.start();
  } catch (error) {
    await database.close();
    throw unreachable(database.name, error);
  }
  return new BossQueue(boss, database, claim);
}

const unreachable = (name: string, error: unknown): UserError => {
  const { message, code } = error as { message: string; code?: string };
  return new UserError(`${name} cannot be used: ${message || code}; is it running, and are name and password right?`);
};

/** pg-boss knows jobs by UUIDs. */
function idOf(kind: string, key: string): string {
  const digits = createHash("sha256").update(`${kind}\n${key}`).digest("hex");
  return [0, 8, 12, 16, 20].map((at, i) => digits.slice(at, at + [8, 4, 4, 4, 12][i]!)).join("-");
}

class BossQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #database: Database;
  readonly #claim: number;
  readonly #kinds = new Map<string, Promise<void>>();

  constructor(boss: PgBoss, database: Database, claim: number) {
    this.#boss = boss;
    this.#database = database;
    this.#claim = claim;
  }

  async send(kind: string, jobs: readonly NewJob[]): Promise<void> {
    await this.#told(async () => {
      await this.#open(kind);
      for (let start = 0; start < jobs.length; start += atOnce) {
        const some = jobs
          .slice(start, start + atOnce)
          .map((job) => ({ id: idOf(kind, job.key), name: kind, data: job }));
        const ids = some.map(({ id }) => id);
        await this.#sql(`DELETE FROM ${schema}.job WHERE name = $1 AND id = ANY($2::uuid[]) AND state >= 'completed'`, [
          kind,
          ids,
        ]);
        const settings = { retryLimit, retryDelay, retryBackoff: true, expireInSeconds: this.#claim };
        await this.#boss.insert(some.map((job) => ({ ...job, ...settings })));
      }
    });
  }

  async work(kind: string, work: Work, slots = 1): Promise<Working> {
    await this.#told(() => this.#open(kind));
    const stopping = new AbortController();
    const working = Array.from({ length: slots }, () => this.#slot(kind, work, stopping.signal));
    return {
      stop: async () => {
        stopping.abort();
        await Promise.all(working);
      },
    };
  }

  async #slot(kind: string, work: Work, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [job] = await this.#boss.fetch<NewJob>(kind, { includeMetadata: true });
      if (job) await new Claim(this.#boss, job, this.#claim).hold(work, signal);
      else await sleep(idle, undefined, { signal }).catch(() => {});
    }
  }

  async look(kind: string, key: string): Promise<JobStatus | undefined> {
    const job = await this.#told(() => this.#boss.getJobById(kind, idOf(kind, key), { includeArchive: true }));
    if (!job) return undefined;
    return {
      state: states[job.state],
      attempts: job.retryCount,
      told: (job.output ?? undefined) as JobData | undefined,
    };
  }

  async counts(kind: string, group: string): Promise<JobCounts> {
    const text = `SELECT state, count(*)::int AS count FROM ${schema}.job WHERE name = $1 AND data->>'group' = $2 GROUP BY state`;
    const rows = (await this.#told(() => this.#sql(text, [kind, group]))) as {
      state: PgBoss.JobWithMetadata["state"];
      count: number;
    }[];
    const counts = { waiting: 0, working: 0, done: 0, failed: 0, cancelled: 0 };
    for (const { state, count } of rows) counts[states[state]] += count;
    return counts;
  }

  async *watch(kind: string, group: string, signal?: AbortSignal): AsyncGenerator<JobCounts> {
    for (;;) {
      signal?.throwIfAborted();
      const counts = await this.counts(kind, group);
      yield counts;
      if (counts.waiting + counts.working === 0) return;
      await sleep(idle, undefined, { signal });
    }
  }

  async cancel(kind: string, keys: readonly string[]): Promise<void> {
    const ids = keys.map((key) => idOf(kind, key));
    if (ids.length > 0) await this.#told(() => this.#boss.cancel(kind, ids));
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false });
    await this.#database.close();
  }

  /** pg-boss keeps jobs of each kind in a table of their own, made when it is first needed. */
  #open(kind: string): Promise<void> {
    const opening = this.#kinds.get(kind) ?? this.#boss.createQueue(kind);
    this.#kinds.set(kind, opening);
    opening.catch(() => this.#kinds.delete(kind));
    return opening;
  }

  async #sql(text: string, values: unknown[]): Promise<unknown[]> {
    return (await this.#boss.getDb().executeSql(text, values)).rows;
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw unreachable(this.#database.name, error);
    }
  }
}
