import { parentPort, workerData } from "node:worker_threads";
import type { Looked, LookOptions } from "../../../image/look.ts";
import { loadSharp } from "../picture.ts";
import { lookAt } from "./look-here.ts";

const options = workerData as LookOptions;

/** A thread that looks at one file after the other. */
const sharp = await loadSharp();
sharp.concurrency(1);
sharp.cache(false);

parentPort!.on("message", async (bytes: Uint8Array) => {
  const looked: Looked = await lookAt(bytes, options);
  const { seen } = looked;
  const transfer = "reason" in seen ? [] : [seen.encoded.buffer as ArrayBuffer, seen.pixels.buffer as ArrayBuffer];
  parentPort!.postMessage(looked, transfer);
});
parentPort!.postMessage("ready");
