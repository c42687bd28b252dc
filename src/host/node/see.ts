import { availableParallelism } from "node:os";
import type { ClipPreprocessing } from "../../image/clip-preprocess.ts";
import type { See, SeenPicture } from "../../image/see.ts";
import { seeHere } from "./see-here.ts";
import { ThreadPool } from "./thread-pool.ts";

export interface SeeWorkerData {
  readonly preprocessing: ClipPreprocessing;
}

export interface SeeWork {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Pictures that are seen before threads would have started. */
const few = 24;

/** Has picture files decoded for a CLIP: few by this thread, many by one thread for each processor. */
export function openSee(preprocessing: ClipPreprocessing): { readonly see: See; close(): Promise<void> } {
  const data: SeeWorkerData = { preprocessing };
  let threads: ThreadPool<SeeWork, SeenPicture> | undefined;
  let seen = 0;
  return {
    async see(bytes, name) {
      if (++seen <= few) return seeHere(bytes, name, preprocessing);
      threads ??= new ThreadPool("see-worker", data, availableParallelism());
      return threads.run({ bytes, name }, [bytes.buffer as ArrayBuffer]);
    },
    async close() {
      await threads?.close();
    },
  };
}
