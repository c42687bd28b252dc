// Indexes: how fast they are built and asked, and what is found: npx tsx benchmarks/search.bench.ts [folder]
// Needs the rendered corpus (tools/README.md). The folder keeps its pictures and the large model for another run.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { openTable } from "../src/host/node/lance/table.ts";
import { pocketFolder } from "../src/host/node/pocket.ts";
import { nodeHost } from "../src/host/node.ts";
import { ClipModel } from "../src/pipelines/clip/clip.ts";
import { normal } from "../src/random/philox.ts";
import { tinySizes, writeRandomModel } from "../tests/support/tiny-model.ts";
import { portrait } from "../tools/corpus/compose.ts";
import { openCorpus } from "../tools/corpus/corpus.ts";
import { foundBy, sameThings } from "./search/found.ts";
import { indexSpeed } from "./search/index-speed.ts";
import { querySpeed } from "./search/large-table.ts";

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "latentkit-search-"));
const identity = { name: "bench", digest: "bench" };
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** The corpus's five hands, each thing alone on white. */
async function writeHands(into: string): Promise<void> {
  for (const subset of ["generator", "held-pairs"] as const) {
    const corpus = openCorpus(".corpus", subset);
    for (const entry of corpus.entries) {
      mkdirSync(join(into, entry.hand), { recursive: true });
      const file = `${entry.thing.label.replace(/[/:]/g, "-")}.png`;
      const raw = { width: 128, height: 128, channels: 3 } as const;
      await sharp(portrait(corpus, entry).pixels, { raw })
        .png()
        .toFile(join(into, entry.hand, file));
    }
  }
}

/** JPEGs of 640×480 pixels, as large as photographs of that size are. */
async function writePhotos(into: string, count: number): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from(normal(i, 0, 160 * 120 * 3), (z) => 128 + 40 * z);
    const noise = sharp(data, { raw: { width: 160, height: 120, channels: 3 } });
    await noise
      .resize(640, 480, { kernel: "cubic" })
      .jpeg({ quality: 90 })
      .toFile(join(into, `${i}.jpg`));
  }
}

/** The sizes of ViT-B/32, with random weights. */
const vitB32 = {
  ...tinySizes,
  clip: {
    text: tinySizes.clip.text,
    vision: { width: 768, layers: 12, heads: 12, mlp: 3072, activation: "quick_gelu", imageSize: 224, patchSize: 32 },
    projection: 512,
  },
} as const;

async function once(path: string, write: (path: string) => Promise<void>): Promise<string> {
  const place = join(folder, path);
  if (!existsSync(place)) await write(place);
  return place;
}

const hands = await once("hands", writeHands);
const photos = await once("photos", (path) => writePhotos(path, 128));
const large = await once("vit-b-32", (path) => writeRandomModel(path, vitB32));
for (const old of [
  "pocket.index-0",
  "pocket.index-1",
  "pocket.index-2",
  "large.index-0",
  "large.index-1",
  "large.index-2",
  "rows.index",
])
  rmSync(join(folder, old), { recursive: true, force: true });
const host = nodeHost();

const pocket = await ClipModel.open(host, pocketFolder, { patient: true });
say("indexing the five hands with the pocket CLIP");
const small = await indexSpeed(pocket, identity, hands, {
  index: join(folder, "pocket.index"),
  pictures: 3200,
  turns: 1,
});
const table = (await openTable(join(folder, "pocket.index-0")))!;
say("asking");
const apples = await foundBy(table, pocket, "a red apple", 10);
const found = await sameThings(table);
table.close();
await pocket.close();

say("indexing photographs with a model of ViT-B/32's size");
const b32 = await ClipModel.open(host, large, { patient: true });
const big = await indexSpeed(b32, identity, photos, { index: join(folder, "large.index"), pictures: 128 });
await b32.close();

say("a table of 100,000 rows");
const queries = await querySpeed(join(folder, "rows.index"), 100_000, 512);

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const machine = `${cpus().length} × ${cpus()[0]!.model.trim()}`;
const results = { machine, node: process.version, commit, small, big, queries, apples, found };
const speed = ({ bare, build }: typeof small): string =>
  `${build.toFixed(1)} | ${bare.toFixed(1)} | ${(build / bare).toFixed(2)} |`;
const share = (x: number): string => `${(100 * x).toFixed(1)} %`;
const text = `${machine}, Node ${process.version}, commit ${commit}

| index build | pictures/s | model alone | of it |
| ----------- | ---------: | ----------: | ----: |
| a CLIP of ViT-B/32's size, photographs of 640×480 | ${speed(big)}
| the pocket CLIP, PNGs of 128×128 | ${speed(small)}

${queries.rows.toLocaleString("en")} rows of 512 numbers, ten hits with captions and thumbnails: ${queries.median.toFixed(1)} ms
(95 of 100 within ${queries.most.toFixed(1)} ms; every row compared: ${queries.exact.toFixed(0)} ms), ${share(queries.recall!.found)} of the ten nearest are found.
Adding the rows took ${queries.adding.toFixed(0)} s, the approximate index ${queries.indexing.toFixed(0)} s.

Of ${found.asked} pictures in five hands, ${share(found.first)} find the same thing in another hand first, ${share(found.amongFive)} among five.
"a red apple" finds, in this order: ${apples.join(", ")}.
`;
const to = fileURLToPath(new URL("results/search", import.meta.url));
writeFileSync(`${to}.json`, `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(`${to}.md`, text);
process.stdout.write(text);
if (process.argv[2] === undefined) rmSync(folder, { recursive: true });
