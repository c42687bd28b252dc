import { once } from "node:events";
import { parentPort, type Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import { startThread } from "./thread.ts";

/** What became of a piece of work. */
type Answer<R> = { readonly result: R } | { readonly error: string; readonly isUsers: boolean };

/** What a thread says first. */
const started = "started";

interface Waiting<R> {
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * Threads that take work as it comes and each do one piece after the other. It lies with them already, so that they go on
 * while this thread is busy: a run of the model stops it.
 */
export class ThreadPool<T, R> {
  readonly #threads: PoolThread<T, R>[];
  /** That all have started. */
  readonly ready: Promise<unknown>;

  /** `name` and `workerData` as `startThread` takes them; the module calls `workInTurn`. */
  constructor(name: string, workerData: object, count: number) {
    this.#threads = Array.from({ length: count }, () => new PoolThread<T, R>(startThread(name, workerData)));
    this.ready = Promise.all(this.#threads.map((thread) => thread.ready));
    this.ready.catch(() => {});
  }

  /** Has the thread with the least to do work, which takes the memory that is named away. */
  run(work: T, moved: readonly ArrayBuffer[]): Promise<R> {
    return this.#threads.reduce((a, b) => (b.load < a.load ? b : a)).run(work, moved);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

class PoolThread<T, R> {
  readonly #thread: Worker;
  readonly #waiting: Waiting<R>[] = [];
  #failure: unknown;
  readonly ready: Promise<unknown>;

  constructor(thread: Worker) {
    this.#thread = thread;
    this.ready = once(thread, "message");
    thread.on("message", (answer: Answer<R> | typeof started) => {
      if (answer !== started) this.#answered(answer);
    });
    thread.on("error", (error) => this.#fail(error));
    thread.on("exit", (code) => this.#fail(new Error(`a thread ended with code ${code}`)));
  }

  get load(): number {
    return this.#waiting.length;
  }

  run(work: T, moved: readonly ArrayBuffer[]): Promise<R> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(work, moved);
    });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #answered(answer: Answer<R>): void {
    const { resolve, reject } = this.#waiting.shift()!;
    if ("result" in answer) resolve(answer.result);
    else reject(answer.isUsers ? new UserError(answer.error) : new Error(answer.error));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** In a thread of a pool: does what comes, in order; `moved` says which memory of a result goes with it. */
export function workInTurn<T, R>(work: (given: T) => Promise<R>, moved: (result: R) => readonly ArrayBuffer[]): void {
  const port = parentPort!;
  const answer = async (given: T): Promise<void> => {
    try {
      const result = await work(given);
      port.postMessage({ result }, moved(result));
    } catch (error) {
      const { name, message } = error as Error;
      port.postMessage({ error: message, isUsers: name === "UserError" });
    }
  };
  let last: Promise<void> = Promise.resolve();
  port.on("message", (given: T) => {
    last = last.then(() => answer(given));
  });
  port.postMessage(started);
}
