import { describe, expect, it } from "vitest";
import { type MemoryFiles, memoryFiles } from "../../../tests/support/memory-files.ts";
import type { Looked } from "../../image/look.ts";
import type { Host } from "../../runtime/host.ts";
import { Limit } from "../../runtime/limit.ts";
import type { ListedPair, Spool, UnreadableLine } from "../../runtime/web-pictures.ts";
import { hash } from "../../training/data/random.ts";
import { shardSamples } from "../../training/data/shards.ts";
import { curate } from "./curate.ts";
import { beginCuration, isDone, openCuration } from "./curation.ts";
import { gather } from "./gather.ts";
import { type CurateOptions, curateDefaults, fetchDefaults } from "./options.ts";
import { decodeRows } from "./parquet.ts";
import type { CurateReport } from "./report.ts";
import { settle } from "./settle.ts";
import { curateShard } from "./shard.ts";
import type { Tools } from "./tools.ts";

type Line = ListedPair | UnreadableLine;
const pair = (n: number, caption = `a picture of thing ${n}`): ListedPair => ({ url: `http://site/${n}.png`, caption });

/** Fifty pairs: some twice, some of the same picture, some that do not match, some that are not there. */
const lines: Line[] = [
  ...Array.from({ length: 50 }, (_, n) => pair(n)),
  pair(7, "the same URL again"),
  pair(60, "no"),
  { where: "list, line 53", problem: "row without URL or caption" },
  pair(103, "the file of number three"),
  pair(61, "mismatched on purpose"),
  pair(404, "nobody has this one"),
  pair(62, "small\u0000 one, below the least"),
];
const inputs = {
  lists: {
    matches: (path: string) => path === "list",
    async *read() {
      yield* lines;
    },
  },
  walk: () => {
    throw new Error("no folders here");
  },
};

const options: CurateOptions = {
  ...curateDefaults,
  inputs: ["list"],
  shardSize: 10,
  model: { name: "test", digest: "abc" },
};

const memorySpool = async (): Promise<Spool> => {
  let held = Buffer.alloc(0);
  return {
    async append(bytes) {
      held = Buffer.concat([held, bytes]);
      return held.length - bytes.length;
    },
    read: async (start, end) => new Uint8Array(held.subarray(start, end)),
    close: async () => {},
  };
};

/** Tools whose pairs come in an order that the seed decides. */
function testTools(seed: number): Tools {
  let turn = 0;
  const while_ = async (): Promise<void> => {
    for (let i = hash(seed, turn++) % 8; i > 0; i--) await new Promise(setImmediate);
  };
  const looked = (n: number): Looked => ({
    // 103 is the file of 3; pictures 20 and 21 look alike.
    sha256: String(n % 100),
    milliseconds: 1,
    seen:
      n === 62
        ? { status: "filtered", reason: "smaller than 32 pixels", original: { width: 8, height: 8 } }
        : {
            original: { width: 64, height: 48 },
            width: 32,
            height: 24,
            encoded: Uint8Array.of(0xff, n),
            pixels: Float32Array.of(n),
            pixelsShape: [1],
            remarks: n % 10 === 0 ? ["round number"] : [],
            phash: (BigInt(n % 100 === 21 ? 20 : n % 100) * 0x0f1e_2d3c_4b5an).toString(16).padStart(16, "0"),
            colours: new Uint8Array(48).fill(n % 100 === 21 ? 20 : n),
          },
  });
  return {
    async fetch({ url }) {
      await while_();
      const n = Number(/\d+/.exec(url)![0]);
      return n === 404 ? { refused: "HTTP 404" } : { bytes: Uint8Array.of(n, 0), release: () => {} };
    },
    async look(bytes) {
      await while_();
      return looked(bytes[0]!);
    },
    async compare(_, __, caption) {
      await while_();
      return { similarity: caption.includes("mismatched") ? 0.1 : 0.5, vector: Float32Array.of(1), milliseconds: 1 };
    },
    spool: memorySpool,
    aesthetic: undefined,
    safety: undefined,
    limit: new Limit(7),
    now: () => 1_700_000_000_000,
    close: async () => {},
  };
}

const hostOf = (files: MemoryFiles): Host => files as unknown as Host;

async function run(files: MemoryFiles, seed = 1, changed: Partial<CurateOptions> = {}): Promise<CurateReport> {
  const curation = await beginCuration(hostOf(files), "out", { ...options, ...changed }, fetchDefaults);
  const steps = curate({ curation, inputs, openTools: async () => testTools(seed) });
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}

/** Files of which the clock says nothing. */
const outcome = ({ files }: MemoryFiles): [string, string][] =>
  [...files]
    .filter(([path]) => /\.(tar|parquet)$/.test(path))
    .map(([path, bytes]): [string, string] => [path, Buffer.from(bytes).toString("base64")])
    .sort();

async function rowsOf(files: MemoryFiles) {
  const paths = [...files.files.keys()].filter((path) => path.endsWith(".parquet")).sort();
  return (await Promise.all(paths.map((path) => decodeRows(files.files.get(path)!)))).flat();
}

describe("curate", () => {
  it("accounts for every pair, and keeps those that belong together", async () => {
    const files = memoryFiles();
    const report = await run(files);
    expect(report.gathered).toMatchObject({
      read: 57,
      pairs: 54,
      shards: 6,
      dropped: {
        "URL again": { count: 1, first: ["http://site/7.png"] },
        "caption too short": { count: 1 },
        "row without URL or caption": { count: 1, first: ["list, line 53"] },
      },
      remarks: { "caption with control characters": { count: 1, first: ["http://site/62.png"] } },
    });
    expect(report).toMatchObject({ kept: 49, total: { count: 54, failed_to_download: 1, filtered: 2, duplicates: 2 } });
    const rows = await rowsOf(files);
    expect(rows.map(({ key }) => key)).toEqual([...rows.keys()].map((n) => `0000${Math.floor(n / 10)}000${n % 10}`));
    const left = rows.filter(({ status }) => status !== "success");
    expect(left.map(({ url, status, error_message }) => `${url} ${status}: ${error_message}`)).toEqual([
      "http://site/21.png duplicate: nearly the same picture as 000020000",
      "http://site/103.png duplicate: the same file as 000000003",
      "http://site/61.png filtered: similarity below 0.28",
      "http://site/404.png failed_to_download: HTTP 404",
      "http://site/62.png filtered: smaller than 32 pixels",
    ]);
    expect(rows[5]).toMatchObject({
      caption: "a picture of thing 5",
      width: 32,
      original_height: 48,
      similarity: 0.5,
      punsafe: null,
      language: "eng",
      hash: expect.any(BigInt),
    });
  });

  it("writes shards that training reads", async () => {
    const files = memoryFiles();
    const { kept } = await run(files);
    const samples = await shardSamples(hostOf(files), "out");
    expect(samples).toHaveLength(kept);
    expect(samples[12]!.name).toBe("out/00001.tar: 000010002.jpg");
    expect([...(await samples[12]!.picture())]).toEqual([0xff, 12]);
    expect(await samples[12]!.caption()).toBe("a picture of thing 12");
  });

  it("has the same outcome whatever comes first", async () => {
    const [one, other] = [memoryFiles(), memoryFiles()];
    await run(one, 1);
    await run(other, 2);
    expect(outcome(other)).toEqual(outcome(one));
  });

  it("goes on wherever it was ended, and loses or doubles nothing", async () => {
    const whole = memoryFiles();
    await run(whole);
    const files = memoryFiles();
    let ended = 0;
    const { write } = files;
    for (let left = 1; ended < 100; left++) {
      let writes = 0;
      files.write = async (path, chunks) => {
        if (++writes === left) throw new Error("killed");
        return write(path, chunks);
      };
      const killed = await run(files, left).then(
        () => false,
        () => true,
      );
      if (!killed) break;
      ended++;
    }
    expect(ended).toBeGreaterThan(4);
    expect(outcome(files)).toEqual(outcome(whole));
  });

  it("can be made by several, in any order and twice", async () => {
    const whole = memoryFiles();
    await run(whole);
    const files = memoryFiles();
    const curation = await beginCuration(hostOf(files), "out", options, fetchDefaults);
    const jobs = [];
    for await (const job of gather(curation, inputs)) jobs.push(job);
    await expect(settle(curation).next()).rejects.toThrow(/is not there yet/);
    const worker = await openCuration(hostOf(files), "out");
    for (const job of [...jobs.reverse(), jobs[2]!]) {
      const steps = curateShard(worker, job, testTools(job.shard));
      while (!(await steps.next()).done);
      expect(await isDone(curation, job)).toBe(true);
    }
    const settling = settle(worker);
    while (!(await settling.next()).done);
    expect(outcome(files)).toEqual(outcome(whole));
  });

  it("leaves out the same captions where it is asked to", async () => {
    const { gathered } = await run(memoryFiles(), 1, { unique: "pair", minCaption: 0 });
    expect(gathered.pairs).toBe(56);
  });

  it("refuses other options in the same folder", async () => {
    const files = memoryFiles();
    await run(files);
    await expect(run(files, 1, { minSimilarity: 0.3 })).rejects.toThrow(/begun with another min-similarity/);
  });

  it("writes a report that shows what became of the pairs", async () => {
    const files = memoryFiles();
    await run(files);
    const page = Buffer.from(files.files.get("out/report.html")!).toString();
    expect(page).toContain("<h1>49 of 57 pairs</h1>");
    expect(page).toMatch(/<summary>HTTP 404<\/summary><ul><li>http:\/\/site\/404.png/);
    expect(page.match(/<svg /g)).toHaveLength(5);
  });
});
