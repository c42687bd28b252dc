import type { Look, Looked, LookOptions } from "../../../image/look.ts";
import { ThreadPool } from "../thread-pool.ts";

/** Threads that look at pictures, each at one at a time; they have started when this returns. */
export async function openLook(
  options: LookOptions,
  count: number,
): Promise<{ readonly look: Look; close(): Promise<void> }> {
  const threads = new ThreadPool<Uint8Array, Looked>("curate/look-worker", options, count);
  await threads.ready;
  return {
    look: (bytes) => threads.run(bytes, [bytes.buffer as ArrayBuffer]),
    close: () => threads.close(),
  };
}
