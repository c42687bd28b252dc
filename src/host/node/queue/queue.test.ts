import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { JobData, Queue, TakenJob } from "../../../runtime/queue.ts";
import { openQueue } from "./queue.ts";

const claim = 2;
let folder: string;
let queue: Queue;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-"));
  queue = await openQueue(join(folder, "jobs"), { claim });
  // A database is made, which takes a busy machine long.
}, 300_000);
afterAll(async () => {
  await queue.close();
  rmSync(folder, { recursive: true });
});

const job = (key: string, group = "all") => ({ key, group, data: { of: key } });
const none = { waiting: 0, working: 0, done: 0, failed: 0, cancelled: 0 };

/** Has a worker do jobs until something is so. */
async function working(kind: string, work: (job: TakenJob) => Promise<JobData>, until: () => Promise<void>, slots = 1) {
  const worker = await queue.work(kind, work, slots);
  await vi.waitFor(until, { timeout: 20_000, interval: 50 });
  await worker.stop();
}
const settled = (kind: string, group: string, count: number) => async () => {
  const { done, failed, cancelled } = await queue.counts(kind, group);
  expect(done + failed + cancelled).toBe(count);
};

describe("a queue in a folder", () => {
  it("has each job done once, and tells how far and what came of it", async () => {
    await queue.send("add", [job("a"), job("b"), job("c", "others")]);
    await queue.send("add", [job("b")]);
    expect(await queue.counts("add", "all")).toEqual({ ...none, waiting: 2 });
    const seen: string[] = [];
    const work = async ({ key, data }: TakenJob): Promise<JobData> => {
      seen.push(key);
      return { twice: `${data.of}${data.of}` };
    };
    await working("add", work, settled("add", "others", 1), 2);
    expect(seen.sort()).toEqual(["a", "b", "c"]);
    expect(await queue.counts("add", "all")).toEqual({ ...none, done: 2 });
    expect(await queue.look("add", "b")).toEqual({ state: "done", attempts: 0, told: { twice: "bb" } });
    expect(await queue.look("add", "d")).toBeUndefined();
    await queue.send("add", [job("b")]);
    expect(await queue.counts("add", "all")).toEqual({ ...none, done: 1, waiting: 1 });
  });

  it("renews the claim to long work, and passes on reports", async () => {
    await queue.send("long", [job("a")]);
    let begun = 0;
    const work = async ({ report }: TakenJob): Promise<JobData> => {
      begun++;
      report({ step: 3, steps: 20 });
      await sleep(1000 * (claim + 2.5));
      return {};
    };
    let told: unknown;
    await working("long", work, async () => {
      told ??= (await queue.look("long", "a"))?.told;
      await settled("long", "all", 1)();
    });
    expect(told).toEqual({ step: 3, steps: 20 });
    expect(begun).toBe(1);
  });

  it("tries what fails again, and gives up in the end", async () => {
    await queue.send("shaky", [job("once"), job("always")]);
    const attempts = new Map<string, number>();
    const work = async ({ key }: TakenJob): Promise<JobData> => {
      const count = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, count);
      if (key === "always" || count === 1) throw new Error(`no luck\nwith ${key}`);
      return {};
    };
    await working("shaky", work, async () => expect((await queue.look("shaky", "once"))?.state).toBe("done"));
    expect(attempts.get("once")).toBe(2);
    expect((await queue.look("shaky", "always"))?.told).toEqual({ message: "no luck" });
    await queue.cancel("shaky", ["always"]);
    expect((await queue.look("shaky", "always"))?.state).toBe("cancelled");
  });

  it("stops work that is called off", async () => {
    await queue.send("endless", [job("a")]);
    const work = ({ signal }: TakenJob): Promise<JobData> =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await working("endless", work, async () => {
      expect((await queue.look("endless", "a"))?.state).toBe("working");
    }).then(async () => expect(await queue.counts("endless", "all")).toEqual({ ...none, waiting: 1 }));
    let stopped = false;
    const noted = (job: TakenJob): Promise<JobData> => work(job).finally(() => (stopped = true));
    const calling = working("endless", noted, async () => expect(stopped).toBe(true));
    await vi.waitFor(async () => expect((await queue.look("endless", "a"))?.state).toBe("working"));
    await queue.cancel("endless", ["a"]);
    await calling;
    expect(await queue.look("endless", "a")).toMatchObject({ state: "cancelled", attempts: 0 });
  });

  it("is one process's", async () => {
    await expect(openQueue(join(folder, "jobs"))).rejects.toThrow("another process's: several need one by postgres://");
  });

  it.each([
    ["mysql://me:secret@localhost/jobs", /^mysql:\/\/localhost\/jobs is no database: give postgres:/],
    ["postgres://me:secret@127.0.0.1:9/jobs", /^postgres:\/\/127.0.0.1:9\/jobs cannot be used: .*is it running/],
  ])("refuses %s", async (place, message) => {
    await expect(openQueue(place)).rejects.toThrow(message);
  });
});
