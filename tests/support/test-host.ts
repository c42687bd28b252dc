import { decodePicture, encodePicture } from "../../src/host/node/picture.ts";
import { prepareWeights } from "../../src/host/node/prepare.ts";
import { openSession, weightFile } from "../../src/host/node/session.ts";
import type { Host } from "../../src/runtime/host.ts";
import { type MemoryFiles, memoryFiles } from "./memory-files.ts";

/** Node's sessions and pictures over files in memory. */
export const testHost = (files: Record<string, Uint8Array | string> = {}): Host & MemoryFiles => ({
  ...memoryFiles(files),
  weightFile,
  prepare: prepareWeights,
  session: openSession,
  decodePicture,
  encodePicture,
});
