import { write } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

const writeTo: (descriptor: number, bytes: Uint8Array, offset: number) => Promise<{ bytesWritten: number }> =
  promisify(write);

/** Milliseconds until a full pipe that does not wait is tried again. */
const pause = 10;

/**
 * Writes to standard output in a thread, so that a slow reader does not stop the rest: `process.stdout` would wait for a
 * pipe here. False when the reader has gone, as `head` does.
 */
export async function writeStandardOutput(bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += (await writeTo(1, bytes, at)).bytesWritten;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
      await setTimeout(pause);
    }
  }
  return true;
}
