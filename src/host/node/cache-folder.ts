import { homedir } from "node:os";
import { join } from "node:path";

/** Where this program may keep what it can make again: `~/.cache/latentkit`, or in `XDG_CACHE_HOME`. */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), ".cache"), "latentkit");
