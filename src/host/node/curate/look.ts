import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import type { Look, Looked, LookOptions } from "../../../image/look.ts";
import { startThread } from "../thread.ts";

interface Waiting {
  readonly bytes: Uint8Array;
  resolve(looked: Looked): void;
  reject(error: unknown): void;
}

/** Threads that look at pictures, each at one at a time; they have started when this returns. */
export async function openLook(
  options: LookOptions,
  count: number,
): Promise<{ readonly look: Look; close(): Promise<void> }> {
  const queue: Waiting[] = [];
  const threads = Array.from({ length: count }, () => new LookThread(options, () => queue.shift()));
  await Promise.all(threads.map((thread) => thread.ready));
  const look: Look = (bytes) =>
    new Promise((resolve, reject) => {
      queue.push({ bytes, resolve, reject });
      for (const thread of threads) thread.work();
    });
  return {
    look,
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

class LookThread {
  readonly #thread: Worker;
  readonly #next: () => Waiting | undefined;
  #current: Waiting | undefined;
  #failure: unknown;
  /** That it has started. */
  readonly ready: Promise<unknown>;

  constructor(options: LookOptions, next: () => Waiting | undefined) {
    this.#next = next;
    this.#thread = startThread("curate/look-worker", options);
    this.ready = once(this.#thread, "message");
    this.#thread.on("message", (looked: Looked | "ready") => {
      if (looked === "ready") return;
      this.#current?.resolve(looked);
      this.#current = undefined;
      this.work();
    });
    this.#thread.on("error", (error) => this.#fail(error));
    this.#thread.on("exit", (code) => this.#fail(new Error(`a thread that decodes pictures ended with code ${code}`)));
  }

  /** Takes the next file, if it has none. */
  work(): void {
    if (this.#current) return;
    this.#current = this.#next();
    if (!this.#current) return;
    const { bytes } = this.#current;
    if (this.#failure === undefined) this.#thread.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    else this.#fail(this.#failure);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    if (!this.#current) return;
    this.#current.reject(this.#failure);
    this.#current = undefined;
    this.work();
  }
}
