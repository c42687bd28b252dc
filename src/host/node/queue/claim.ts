import { setTimeout as sleep } from "node:timers/promises";
import type PgBoss from "pg-boss";
import type { JobData, NewJob, Work } from "../../../runtime/queue.ts";

/** Of pg-boss's tables that are this program's. */
export const schema = "latentkit";

/** Part of a claim's time after which it is renewed. */
const renewal = 1 / 4;

/**
 * A worker's claim to a job. pg-boss gives a job to another worker when its time is up, counted from when it was begun:
 * so that is moved on while the worker lives. Each time that a job is taken it has another number of attempts, by which a
 * claim that ran out is told from the one that came after.
 */
export class Claim {
  readonly #boss: PgBoss;
  readonly #job: PgBoss.JobWithMetadata<NewJob>;
  readonly #seconds: number;
  #progress: JobData | undefined;

  constructor(boss: PgBoss, job: PgBoss.JobWithMetadata<NewJob>, seconds: number) {
    this.#boss = boss;
    this.#job = job;
    this.#seconds = seconds;
  }

  /** Does the work, and says what came of it. Where the signal fires first, the job is as if it had never been begun. */
  async hold(work: Work, signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const ended = new AbortController();
    const renewing = this.#renew(lost, ended.signal);
    try {
      const { key, group, data } = this.#job.data;
      const report = (progress: JobData): void => {
        this.#progress = progress;
      };
      const result = await work({ key, group, data, report, signal: AbortSignal.any([signal, lost.signal]) });
      await this.#insist("state = 'completed', completed_on = now(), output = $4::jsonb", result);
    } catch (error) {
      if (lost.signal.aborted) return;
      if (signal.aborted)
        await this.#insist("state = 'retry', started_on = NULL, start_after = now(), output = $4::jsonb");
      else await this.#fail(error);
    } finally {
      ended.abort();
      await renewing;
    }
  }

  async #renew(lost: AbortController, ended: AbortSignal): Promise<void> {
    const wait = 1000 * this.#seconds * renewal;
    for (;;) {
      await sleep(wait, undefined, { signal: ended }).catch(() => {});
      if (ended.aborted) return;
      try {
        const isMine = await this.#update("started_on = now(), output = COALESCE($4::jsonb, output)", this.#progress);
        if (!isMine) return lost.abort();
      } catch {
        // The database may be back before the time is up.
      }
    }
  }

  async #fail(error: unknown): Promise<void> {
    const [message] = (error instanceof Error ? error.message : String(error)).split("\n");
    if (await this.#update("output = $4::jsonb", { message }))
      await this.#boss.fail(this.#job.name, this.#job.id, { message });
  }

  /** A result that cannot be told would be lost, and the work done again: until the claim has run out it is tried anew. */
  async #insist(changes: string, output?: JobData): Promise<void> {
    for (let left = this.#seconds; ; left--) {
      try {
        await this.#update(changes, output);
        return;
      } catch (error) {
        if (left <= 0) throw error;
        await sleep(1000);
      }
    }
  }

  /** Whether the job was still this claim's. */
  async #update(changes: string, output: JobData | undefined): Promise<boolean> {
    const { name, id, retryCount } = this.#job;
    const text = `UPDATE ${schema}.job SET ${changes} WHERE name = $1 AND id = $2::uuid AND state = 'active' AND retry_count = $3 RETURNING id`;
    const values = [name, id, retryCount, output === undefined ? null : JSON.stringify(output)];
    return (await this.#boss.getDb().executeSql(text, values)).rows.length > 0;
  }
}
