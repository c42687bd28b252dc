import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import type { DataConfig } from "../../training/data/config.ts";
import { type DataSet, feedsOf, type RawBatch, type Tokenize } from "../../training/data/data-set.ts";
import type { WorkerReply, WorkerTask } from "./data-worker.ts";
import { startThread } from "./thread.ts";

export interface OpenData {
  /** Examples in a batch. */
  readonly batch: number;
  readonly seed: number;
  /** Without one, batches have no ids. */
  readonly tokenize?: Tokenize;
}

/**
 * Opens the pictures that a config describes and prepares batches in worker threads, a few ahead of the one asked for.
 * `batch` throws a UserError for what cannot be read.
 */
export function openData(config: DataConfig, { batch, seed, tokenize }: OpenData): DataSet {
  const module = config.kind === "module" ? pathToFileURL(resolve(config.module)).href : undefined;
  const task: WorkerTask = { config, seed, batch, module };
  const workers = Array.from({ length: config.workers }, () => new BatchWorker(task));
  const ahead = 2 * workers.length;
  const asked = new Map<number, Promise<RawBatch>>();
  const ask = (index: number): Promise<RawBatch> => {
    const promise = asked.get(index) ?? workers[index % workers.length]!.ask(index);
    // Nobody may ever wait for a batch that was prepared ahead.
    promise.catch(() => {});
    asked.set(index, promise);
    return promise;
  };
  return {
    async batch(index) {
      const wanted = ask(index);
      for (let next = index + 1; next <= index + ahead; next++) ask(next);
      for (const old of asked.keys()) if (old <= index || old > index + 2 * ahead) asked.delete(old);
      return feedsOf(await wanted, tokenize);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

interface Waiting {
  resolve(batch: RawBatch): void;
  reject(error: unknown): void;
}

/** One thread and the promises that it owes. */
class BatchWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #failure: unknown;

  constructor(task: WorkerTask) {
    this.#worker = startThread("data-worker", task, task.module?.endsWith(".ts"));
    this.#worker.on("message", (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", (code) => this.#fail(new Error(`a data thread ended with code ${code}`)));
  }

  ask(index: number): Promise<RawBatch> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.set(index, { resolve, reject });
      this.#worker.postMessage(index);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.index)!;
    this.#waiting.delete(reply.index);
    if ("batch" in reply) waiting.resolve(reply.batch);
    else waiting.reject(reply.user ? new UserError(String(reply.error)) : reply.error);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
