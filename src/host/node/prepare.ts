import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import type { Preparation } from "../../runtime/prepare.ts";
import { prepareHere } from "./prepare-here.ts";
import type { PreparedReply } from "./prepare-worker.ts";
import { startThread } from "./thread.ts";

/** Fewer bytes in files are read faster than a thread starts. */
const fewBytes = 2 ** 26;

const mostThreads = 4;

const bytesInFiles = ({ weights }: Preparation): number =>
  weights.reduce((sum, weight) => sum + ("file" in weight ? weight.length : 0), 0);

/** Prepares weights, in threads where it is much work. */
export async function prepareWeights(preparations: readonly Preparation[]): Promise<ArrayBufferView[]> {
  const total = preparations.reduce((sum, preparation) => sum + bytesInFiles(preparation), 0);
  return total < fewBytes ? preparations.map(prepareHere) : prepareInThreads(preparations);
}

/** What is in memory already stays in this thread. The others are told all at once, and go on while this one is busy. */
export async function prepareInThreads(preparations: readonly Preparation[]): Promise<ArrayBufferView[]> {
  const made: ArrayBufferView[] = [];
  const others: number[] = [];
  for (const [i, preparation] of preparations.entries())
    if (preparation.weights.every((weight) => "file" in weight)) others.push(i);
    else made[i] = prepareHere(preparation);
  const shares = evenly(others, Math.min(mostThreads, availableParallelism()), (i) => preparations[i]!.length);
  await Promise.all(
    shares.map(async (share) => {
      const thread = startThread("prepare-worker", {});
      try {
        const some = await ask(
          thread,
          share.map((i) => preparations[i]!),
        );
        for (const [k, i] of share.entries()) made[i] = some[k]!;
      } finally {
        await thread.terminate();
      }
    }),
  );
  return made;
}

/** Items in so many shares of like sizes. */
function evenly<T>(items: readonly T[], count: number, size: (item: T) => number): T[][] {
  const shares = Array.from({ length: Math.min(count, items.length) }, () => ({ items: [] as T[], size: 0 }));
  for (const item of items.toSorted((a, b) => size(b) - size(a))) {
    const least = shares.reduce((a, b) => (b.size < a.size ? b : a));
    least.items.push(item);
    least.size += size(item);
  }
  return shares.map(({ items }) => items);
}

function ask(thread: Worker, preparations: readonly Preparation[]): Promise<ArrayBufferView[]> {
  return new Promise((resolve, reject) => {
    const made: ArrayBufferView[] = [];
    thread.on("error", reject);
    thread.on("message", (reply: PreparedReply) => {
      if ("error" in reply) reject(reply.user ? new UserError(reply.error) : new Error(reply.error));
      else if (made.push(reply.data) === preparations.length) resolve(made);
    });
    for (const preparation of preparations) thread.postMessage(preparation);
  });
}
