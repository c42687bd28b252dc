import { workerData } from "node:worker_threads";
import type { LookOptions } from "../../../image/look.ts";
import { loadSharp } from "../picture.ts";
import { workInTurn } from "../thread-pool.ts";
import { lookAt } from "./look-here.ts";

const options = workerData as LookOptions;

/** A thread that looks at one file after the other. */
const sharp = await loadSharp();
sharp.concurrency(1);
sharp.cache(false);

workInTurn(
  (bytes: Uint8Array) => lookAt(bytes, options),
  ({ seen }) => ("reason" in seen ? [] : [seen.encoded.buffer as ArrayBuffer, seen.pixels.buffer as ArrayBuffer]),
);
