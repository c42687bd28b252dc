import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withLock } from "./lock.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-lock-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

it("lets one work at a time, and the next after a failure too", async () => {
  const lock = join(folder, "deep", "a");
  const order: string[] = [];
  const work = (name: string, fails: boolean) =>
    withLock(lock, never, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} ends`);
      if (fails) throw new Error("failed");
    }).catch(() => {});
  await Promise.all([work("one", true), work("two", false)]);
  expect(order).toEqual([`${order[0]!.split(" ")[0]} begins`, `${order[0]!.split(" ")[0]} ends`, ...order.slice(2)]);
  expect(order[2]!.split(" ")[0]).toBe(order[3]!.split(" ")[0]);
  expect(existsSync(lock)).toBe(false);
});

it("takes the lock of a process that is no more", async () => {
  const lock = join(folder, "b");
  const pid = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
  writeFileSync(lock, `${hostname()} ${pid}`);
  expect(await withLock(lock, never, async () => "worked")).toBe("worked");
});

it("waits no longer than the user", async () => {
  const lock = join(folder, "c");
  writeFileSync(lock, `${hostname()} ${process.pid}`);
  const stop = AbortSignal.timeout(50);
  await expect(withLock(lock, stop, async () => {})).rejects.toThrow();
  expect(existsSync(lock)).toBe(true);
});
