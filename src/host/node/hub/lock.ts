import { mkdir, open, readFile, stat, unlink, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between an owner's signs of life, between looks at them, and without one until it counts as gone. */
const [beat, look, gone] = [3000, 200, 15_000] as const;

/**
 * Does work while no other process does that of the same lock: a file that is there as long as its owner, who touches it
 * now and then. Waits for the other; takes the lock of one that is gone.
 */
export async function withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await acquire(path, signal);
  const alive = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, beat);
  try {
    return await work();
  } finally {
    clearInterval(alive);
    await unlink(path).catch(() => {});
  }
}

async function acquire(path: string, signal: AbortSignal): Promise<void> {
  let seen: { readonly touched: number; readonly at: number } | undefined;
  for (;;) {
    signal.throwIfAborted();
    if (await create(path)) return;
    const touched = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (touched === undefined) continue;
    // By this process's own clock: that of a file server may differ.
    if (seen?.touched !== touched) seen = { touched, at: performance.now() };
    if (performance.now() - seen.at > gone || (await ownerDied(path))) await unlink(path).catch(() => {});
    else await sleep(look, undefined, { signal });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(`${hostname()} ${process.pid}`).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Whether the owner was a process of this machine that is no more. */
async function ownerDied(path: string): Promise<boolean> {
  const [host, pid] = (await readFile(path, "utf8").catch(() => "")).split(" ");
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
