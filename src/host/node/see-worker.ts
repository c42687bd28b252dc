import { workerData } from "node:worker_threads";
import type { SeenPicture } from "../../image/see.ts";
import { loadSharp } from "./picture.ts";
import type { SeeWork, SeeWorkerData } from "./see.ts";
import { seeHere } from "./see-here.ts";
import { workInTurn } from "./thread-pool.ts";

const { preprocessing } = workerData as SeeWorkerData;

// Threads of sharp's own beside these would only wait for each other.
const sharp = await loadSharp();
sharp.concurrency(1);
sharp.cache(false);

workInTurn(
  ({ bytes, name }: SeeWork): Promise<SeenPicture> => seeHere(bytes, name, preprocessing),
  ({ pixels, thumbnail }) => [pixels.data.buffer as ArrayBuffer, thumbnail.buffer as ArrayBuffer],
);
