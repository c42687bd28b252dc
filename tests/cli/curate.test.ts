import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { decodeRows } from "../../src/pipelines/curate/parquet.ts";
import type { CurateReport } from "../../src/pipelines/curate/report.ts";
import { shardSamples } from "../../src/training/data/shards.ts";
import { cli } from "../support/cli.ts";
import { type Answer, endless, type PictureSite, pictureSite } from "../support/picture-site.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
let site: PictureSite;
const home = process.cwd();
const count = 200;

/** Blocks of colour, different for each number. */
async function picture(n: number): Promise<Buffer> {
  const data = Buffer.from(
    Array.from({ length: 8 * 8 * 3 }, (_, i) => (Math.imul(n + 1, 2654435761) >>> (i % 24)) & 255),
  );
  const blocks = sharp(data, { raw: { width: 8, height: 8, channels: 3 } });
  return blocks.resize(48, 40, { kernel: "nearest", fit: "fill" }).png().toBuffer();
}

const bad: Readonly<Record<string, (before: number) => Answer>> = {
  missing: () => ({ status: 404 }),
  endless: () => endless,
  circle: () => ({ status: 302, headers: { location: "/circle" } }),
  page: () => ({ bytes: Buffer.from("<html>no picture</html>") }),
  drawing: () => ({ bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') }),
  refusing: () => ({ bytes: Buffer.from("x"), headers: { "x-robots-tag": "noai" } }),
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-curate-"));
  process.chdir(root);
  await writeRandomModel("tiny");
  const pictures = await Promise.all(Array.from({ length: count }, (_, n) => picture(n)));
  const cut = pictures[0]!.subarray(0, pictures[0]!.length / 2);
  site = await pictureSite((path, before) => {
    const name = path.slice(1).split(".")[0]!;
    if (name === "cut") return { bytes: cut };
    if (name === "again") return { bytes: pictures[5]! };
    return Object.hasOwn(bad, name) ? bad[name]!(before) : { bytes: pictures[Number(name)]! };
  });
  const rows = [
    ...pictures.map((_, n) => `${site.origin}/${n}.png,thing number ${n}`),
    ...[...Object.keys(bad), "cut", "again"].map((name) => `${site.origin}/${name},this is ${name}`),
    `${site.origin}/3.png,listed twice`,
    `${site.origin}/300.png,abc`,
  ];
  writeFileSync("pairs.csv", `url,caption\n${rows.join("\n")}\n`);
});
afterAll(async () => {
  process.chdir(home);
  await site.close();
  rmSync(root, { recursive: true });
});

const options = ["--allow-private", "--model", "tiny", "--min-similarity", "-1", "--size", "32", "--near", "none"];

async function curate(...args: readonly string[]): Promise<CurateReport> {
  const { code, stdout, stderr } = await cli([
    "curate",
    ...args,
    ...options,
    "--retries",
    "0",
    "--max-megabytes",
    "1",
    "--json",
  ]);
  expect([code, stderr.includes("latentkit curate:")]).toEqual([0, false]);
  return JSON.parse(stdout) as CurateReport;
}

describe("latentkit curate", () => {
  it("makes a data set of a list, and tells what became of each pair", async () => {
    const { kept, gathered, total } = await curate("pairs.csv", "--out", "data", "--shard-size", "60");
    expect(gathered).toMatchObject({ read: count + 10, pairs: count + 8, shards: 4 });
    expect(kept).toBe(count);
    const reasons = Object.entries(total.reasons).map(
      ([reason, { count: times, first }]) => `${times} ${reason}: ${first[0]!.split("/").at(-1)}`,
    );
    expect(reasons.sort()).toEqual([
      "1 HTTP 404: missing",
      "1 X-Robots-Tag refuses: refusing",
      "1 damaged or cut off: cut",
      "1 more than 1 MB: endless",
      "1 the same file as another: again",
      "1 too many redirects: circle",
      "2 not a picture of a kind that is read: page",
    ]);
    const rows = (
      await Promise.all([0, 1, 2, 3].map((n) => decodeRows(new Uint8Array(readFileSync(`data/0000${n}.parquet`)))))
    ).flat();
    expect(rows).toHaveLength(count + 8);
    expect(rows[17]).toMatchObject({
      key: "000000017",
      caption: "thing number 17",
      width: 38,
      height: 32,
      original_width: 48,
    });
    expect(new Set(rows.map(({ url }) => url)).size).toBe(count + 8);
    const samples = await shardSamples(nodeHost(), "data");
    expect(samples).toHaveLength(count);
    expect(await samples[100]!.caption()).toBe("thing number 100");
    expect((await sharp(await samples[100]!.picture()).metadata()).height).toBe(32);
    expect(readFileSync("data/report.html", "utf8")).toContain("<svg");
  });

  it("asks for nothing again when all is there, and makes again what is not", async () => {
    const asked = () => [...site.asked.values()].reduce((sum, times) => sum + times, 0);
    const [before, tar] = [asked(), readFileSync("data/00001.tar")];
    await curate("pairs.csv", "--out", "data", "--shard-size", "60");
    expect(asked()).toBe(before);
    rmSync("data/00001_stats.json");
    const { kept } = await curate("pairs.csv", "--out", "data", "--shard-size", "60");
    expect([asked() - before, kept]).toEqual([60, count]);
    expect(readFileSync("data/00001.tar").equals(tar)).toBe(true);
  });

  it("makes what train reads", async () => {
    const data = { kind: "webdataset", shards: "data", size: 32 };
    writeFileSync("clip.json", JSON.stringify({ model: "tiny", data, batch: 8, steps: 2, lr: 1e-4, out: "trained" }));
    const trained = await cli(["train", "clip", "clip.json"]);
    expect([trained.code, trained.stdout]).toEqual([0, "trained: trained\n"]);
    writeFileSync("17.png", await picture(17));
    const { code, stdout } = await cli(["similarity", "17.png", "--text", "a thing", "--model", "trained", "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.anything()]);
  });

  it("takes folders of pictures with captions", async () => {
    mkdirSync("photos/more", { recursive: true });
    writeFileSync("photos/a b%.png", await picture(300));
    writeFileSync("photos/a b%.txt", "a photo\u0007 of blocks\n");
    writeFileSync("photos/silent.png", await picture(301));
    writeFileSync("photos/more/c.png", await picture(302));
    writeFileSync("photos/more/metadata.jsonl", '{"file_name": "c.png", "text": "other blocks"}\n');
    const { kept, gathered } = await curate("photos", "--out", "own");
    expect([kept, Object.keys(gathered.dropped), Object.keys(gathered.remarks)]).toEqual([
      2,
      ["picture without a caption"],
      ["caption with control characters"],
    ]);
    const captions = (await shardSamples(nodeHost(), "own")).map(({ caption }) => caption());
    expect((await Promise.all(captions)).sort()).toEqual(["a photo of blocks", "other blocks"]);
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /name lists of pairs or folders/],
    [["pairs.csv"], 2, /say where the data set is to be: --out DIR/],
    [["none.csv", "--out", "x"], 1, /there is no .*none.csv/],
    [["tiny/model_index.json", "--out", "x"], 1, /is no list that can be read: it must end in .csv/],
    [["pairs.csv", "--out", "data"], 1, /begun with another shard-size/],
    [["pairs.csv", "--out", "x", "--min-aesthetic", "5"], 1, /needs a head that gives scores/],
    [["pairs.csv", "--out", "x", "--resize", "smaller"], 2, /--resize is "smaller", but must be one of no, border/],
  ])("refuses %j in one line", async (args, code, message) => {
    const ran = await cli(["curate", ...args, ...(code === 1 ? options : [])]);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toMatch(/^latentkit curate: [^\n]*\n$/);
    expect(ran.stderr).toMatch(message);
    expect(existsSync("x")).toBe(false);
  });
});
