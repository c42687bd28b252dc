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

/** What is in memory already stays in this thread. */
export async function prepareInThreads(preparations: readonly Preparation[]): Promise<ArrayBufferView[]> {
  const made: ArrayBufferView[] = [];
  const queue: number[] = [];
  for (const [i, preparation] of preparations.entries())
    if (preparation.weights.every((weight) => "file" in weight)) queue.push(i);
    else made[i] = prepareHere(preparation);
  const threads = Array.from({ length: Math.min(mostThreads, availableParallelism(), queue.length) }, () =>
    startThread("prepare-worker", {}),
  );
  try {
    await Promise.all(
      threads.map(async (thread) => {
        for (let i = queue.shift(); i !== undefined; i = queue.shift()) made[i] = await ask(thread, preparations[i]!);
      }),
    );
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  return made;
}

function ask(thread: Worker, preparation: Preparation): Promise<ArrayBufferView> {
  return new Promise((resolve, reject) => {
    const settle = (reply: PreparedReply): void => {
      thread.off("error", reject);
      if ("data" in reply) resolve(reply.data);
      else reject(reply.user ? new UserError(reply.error) : new Error(reply.error));
    };
    thread.once("message", settle);
    thread.once("error", reject);
    thread.postMessage(preparation);
  });
}
