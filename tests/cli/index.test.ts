import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type SharpOptions } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../support/cli.ts";
import { tinySizes, writeRandomModel } from "../support/tiny-model.ts";

let root: string;
const home = process.cwd();
const model = ["--model", "tiny"];
const colours = { red: "#d22", green: "#2a2", blue: "#22d", grey: "#999" } as const;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  await writeRandomModel("tiny");
  await writeRandomModel("other", tinySizes, 9);
  mkdirSync("photos/more", { recursive: true });
  for (const [name, background] of Object.entries(colours))
    await sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .png()
      .toFile(`photos/${name}.png`);
  const camera = { IFD0: { Make: "Canon", Model: "EOS 5D" }, IFD2: { DateTimeOriginal: "2019:12:31 23:59:58" } };
  const turned = sharp({ create: { width: 60, height: 20, channels: 3, background: "#fa0" } });
  await turned.withExif(camera).withMetadata({ orientation: 6 }).jpeg().toFile("photos/more/turned.jpg");
  writeFileSync("photos/red.txt", "something\u0007 red\n");
  writeFileSync("photos/more/metadata.jsonl", '{"file_name": "turned.jpg", "text": "an orange"}\nnonsense\n');
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

interface Built {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly broken: number;
  readonly rows: number;
  readonly named: Record<"broken" | "remarks", { path: string; text: string }[]>;
}

interface Hit {
  readonly id: number;
  readonly similarity: number;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly caption?: string;
  readonly taken?: string;
  readonly camera?: string;
}

async function json(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await cli(["index", ...args, "--json"]);
  expect(stderr.includes("latentkit index:") ? stderr : "").toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}
const build = async (into = "photos.index"): Promise<Built> =>
  (await json(["build", "photos", "--into", into, ...model])) as Built;
const search = async (...args: string[]): Promise<Hit[]> =>
  ((await json(["search", "photos.index", ...args])) as { hits: Hit[] }).hits;

describe("index", () => {
  it("is built, and found in by words, pictures and conditions", async () => {
    const built = await build();
    expect(built).toMatchObject({ added: 5, unchanged: 0, broken: 1, rows: 5 });
    expect(built.named.broken).toMatchObject([
      { path: "more/metadata.jsonl", text: expect.stringMatching(/line 2 is not JSON/) },
    ]);
    const [first] = await search("--image", "photos/blue.png");
    expect(first).toMatchObject({ file: expect.stringMatching(/photos\/blue\.png$/), width: 40, height: 30 });
    expect(first!.similarity).toBeCloseTo(1, 5);
    expect(await search("a bear", "--count", "3")).toHaveLength(3);
    expect(await search("a bear", "--where", "taken >= '2019' AND height > 50")).toMatchObject([
      { width: 20, height: 60, caption: "an orange", taken: "2019-12-31T23:59:58", camera: "Canon EOS 5D" },
    ]);
    expect(await search("a bear", "--where", "caption = 'something red'")).toMatchObject([{ width: 40 }]);
  });

  it("adds words, takes them away and leans", async () => {
    const similar = async (...args: string[]): Promise<number> =>
      (await search(...args)).find(({ file }) => file.endsWith("red.png"))!.similarity;
    const image = ["--image", "photos/red.png"];
    const alone = await similar(...image);
    expect(await similar(...image, "--plus", "a bear")).toBeLessThan(alone);
    expect(await similar(...image, "--minus", "a bear")).not.toBeCloseTo(
      await similar(...image, "--plus", "a bear"),
      3,
    );
    expect(await similar(...image, "--lean", "a bear:0")).toBeCloseTo(alone, 5);
    expect(await similar(...image, "--lean", "a bear:1")).toBeCloseTo(await similar(...image, "--plus", "a bear"), 5);
  });

  it("draws a sheet of what was found", async () => {
    const { code, stdout } = await cli(["index", "search", "photos.index", "a bear", "--sheet", "hits.png"]);
    expect([code, stdout.split("\n")[0]]).toEqual([0, expect.stringMatching(/^cosine +picture/)]);
    expect((await sharp("hits.png").metadata()).width).toBeGreaterThan(500);
  });

  it("follows its folder", async () => {
    expect(await build()).toMatchObject({ added: 0, changed: 0, unchanged: 5, removed: 0, rows: 5 });
    const before = (await search("--image", "photos/red.png"))[0]!;
    await sharp({ create: { width: 8, height: 9, channels: 3, background: "#f00" } })
      .png()
      .toFile("photos/red.png");
    renameSync("photos/green.png", "photos/more/moved.png");
    writeFileSync("photos/grey.txt", "a cloud");
    expect(await build()).toMatchObject({ added: 1, changed: 2, unchanged: 2, removed: 1, rows: 5 });
    expect(await search("a bear", "--where", `id = ${before.id}`)).toMatchObject([
      { width: 8, caption: "something red" },
    ]);
    expect(await search("a bear", "--where", "caption = 'a cloud'")).toHaveLength(1);
  });

  it("groups near-duplicates, the largest first", async () => {
    await sharp("photos/blue.png").resize(80, 60).png().toFile("photos/more/large.png");
    await build();
    const { groups } = (await json(["duplicates", "photos.index", "--threshold", "0.9999"])) as { groups: Hit[][] };
    const names = groups.map((group) => group.map(({ file }) => file.slice(file.lastIndexOf("/") + 1)));
    expect(names).toContainEqual(["large.png", "blue.png"]);
    const unique = await search("--image", "photos/blue.png", "--unique");
    expect(unique.filter(({ file }) => /large|blue/.test(file))).toHaveLength(1);
  });

  it("names what it cannot read, and goes on", async () => {
    mkdirSync("photos/bad", { recursive: true });
    const png = readFileSync("photos/blue.png");
    writeFileSync("photos/bad/cut.png", png.subarray(0, png.length / 2));
    writeFileSync("photos/bad/empty.jpg", "");
    writeFileSync("photos/bad/text.webp", "this is no picture");
    writeFileSync("photos/bad/drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const huge = Buffer.from(png);
    huge.writeUInt32BE(50_000, 16);
    huge.writeUInt32BE(50_000, 20);
    writeFileSync("photos/bad/huge.png", huge);
    writeFileSync("photos/bad/shard.tar", "x".repeat(2000));
    const jpeg = sharp({ create: { width: 9, height: 9, channels: 3, background: "#0af" } }).jpeg();
    writeFileSync("photos/bad/named.png", await jpeg.toBuffer());
    writeFileSync("photos/bad/print.jpg", await jpeg.clone().toColourspace("cmyk").toBuffer());
    const frames = ["#123456", "#abcdef"].map((background) => ({
      create: { width: 5, height: 5, channels: 3, background },
    }));
    const gif = sharp(
      await Promise.all(
        frames.map((frame) =>
          sharp(frame as SharpOptions)
            .png()
            .toBuffer(),
        ),
      ),
      {
        join: { animated: true },
      },
    );
    writeFileSync("photos/bad/moving.gif", await gif.gif().toBuffer());
    const { added, broken, named } = await build();
    expect([added, broken]).toEqual([3, 7]);
    const texts = (all: readonly { path: string; text: string }[]): Record<string, string> =>
      Object.fromEntries(all.map(({ path, text }) => [path.slice(path.lastIndexOf("/") + 1), text]));
    expect(texts(named.broken)).toMatchObject({
      "cut.png": expect.stringMatching(/damaged or ends early/),
      "empty.jpg": expect.stringMatching(/empty/),
      "text.webp": expect.stringMatching(/not a PNG/),
      "drawing.svg": expect.stringMatching(/not a PNG/),
      "huge.png": expect.stringMatching(/256 million pixels|damaged/),
      "shard.tar": expect.stringMatching(/not a tar archive|damaged/),
    });
    expect(texts(named.remarks)).toMatchObject({
      "named.png": expect.stringMatching(/JPEG/),
      "print.jpg": expect.stringMatching(/CMYK/),
      "moving.gif": expect.stringMatching(/frames/),
    });
  });

  it("is described", async () => {
    expect(await json(["info", "photos.index"])).toMatchObject({ pictures: 9, numbers: 12, approximate: false });
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /say what to do/],
    [["build", "photos"], 2, /say where the index is to be: --into/],
    [["build", "none", "--into", "none.index"], 1, /cannot read .*none: there is no such file/],
    [["build", "photos", "--into", "photos.index", "--model", "other"], 1, /made with another model/],
    [["search", "photos.index", "a bear", "--model", "other"], 1, /made with another model/],
    [["search", "none.index", "a bear"], 1, /there is no index in none.index/],
    [["search", "photos.index"], 2, /say what to look for/],
    [["search", "photos.index", "a", "bear"], 2, /bear is one argument too many/],
    [["search", "photos.index", "a bear", "--lean", "nice"], 2, /has no weight/],
    [["search", "photos.index", "a bear", "--where", "colour = 'red'"], 1, /index: .*colour/],
    [["search", "photos.index", "a bear", "--minus", "a bear"], 1, /cancels out/],
    [["search", "photos.index", "a bear", "--threshold", "0.9"], 2, /--threshold belongs to index duplicates/],
  ])("%j is refused in one line", async (args, code, message) => {
    const ran = await cli(["index", ...args]);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toMatch(/^latentkit index: [^\n]*\n$/);
    expect(ran.stderr).toMatch(message);
  });
});
