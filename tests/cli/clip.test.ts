import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePicture, encodePicture } from "../../src/host/node/picture.ts";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
const home = process.cwd();
const cacheHome = process.env.XDG_CACHE_HOME;
const model = ["--model", "tiny"];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  process.env.XDG_CACHE_HOME = join(root, "cache");
  await writeRandomModel("tiny");
  for (const [name, value] of [
    ["dark.png", 20],
    ["light.png", 220],
  ] as const) {
    const picture = { width: 40, height: 30, channels: 3, data: new Uint8Array(3600).fill(value) } as const;
    writeFileSync(name, await encodePicture(picture, "png"));
  }
  for (const [folder, name] of [
    ["bear", "dark.png"],
    ["bear", "light.png"],
    ["red_apple", "light.png"],
  ] as const) {
    mkdirSync(join("things", folder), { recursive: true });
    cpSync(name, join("things", folder, name));
  }
  writeFileSync("things/bear/cut.png", readFileSync("dark.png").subarray(0, 60));
  writeFileSync("things/bear/notes.txt", "not asked for");
  mkdirSync("empty");
  writeFileSync("text.png", "this is no picture");
  writeFileSync("labels.txt", "bear\n\n apple \nbear\n");
  writeFileSync("latin1.txt", Buffer.from("b\u00e4r", "latin1"));
});
afterAll(() => {
  process.chdir(home);
  if (cacheHome === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cacheHome;
  rmSync(root, { recursive: true });
});

interface Similarity {
  readonly images: string[];
  readonly texts: string[];
  readonly cosine: number[][];
  readonly softmax: number[][];
  readonly softmaxOfPictures: number[][];
}

describe("similarity", () => {
  const args = ["similarity", "dark.png", "light.png", "--text", "a bear", "--text", "an apple", ...model];

  it("prints cosines, as a table or as JSON with shares", async () => {
    const { code, stdout } = await cli([...args, "--json"]);
    expect(code).toBe(0);
    const { images, texts, cosine, softmax, softmaxOfPictures } = JSON.parse(stdout) as Similarity;
    expect([images, texts]).toEqual([
      ["dark.png", "light.png"],
      ["a bear", "an apple"],
    ]);
    for (const shares of softmax) expect(shares[0]! + shares[1]!).toBeCloseTo(1, 6);
    for (const j of [0, 1]) expect(softmaxOfPictures[0]![j]! + softmaxOfPictures[1]![j]!).toBeCloseTo(1, 6);
    const printed = (await cli(args)).stdout;
    expect(printed).toMatch(/^cosine +a bear +an apple\n/);
    const rows = printed
      .split("\n")
      .slice(1, 3)
      .map((line) => line.split(/\s+/));
    expect(rows).toEqual(images.map((image, i) => [image, ...cosine[i]!.map((value) => value.toFixed(3))]));
  });

  it("numbers long texts, and draws the matrix", async () => {
    const long = `a ${"very ".repeat(20)}dark & <light> picture`;
    const ran = await cli(["similarity", "things", "--text", long, "--text", "a bear", "--plot", "m.png", ...model]);
    expect(ran).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("cut.png: the picture is dam") });
    const named = ["things/red_apple", "dark.png"];
    const { stdout } = await cli([
      "similarity",
      ...named,
      "--text",
      long,
      "--text",
      "a bear",
      "--plot",
      "m.png",
      ...model,
    ]);
    expect(stdout).toContain(`[1] ${long}\n[2] a bear\n\ncosine `);
    expect(stdout).toMatch(/\nshare of pictures +\[1\] +\[2\]\nthings\/red_apple\/light.png +\d/);
    const { width, height, data } = await decodePicture(readFileSync("m.png"), "m.png");
    expect(width).toBeGreaterThan(2 * 128);
    expect(height).toBeGreaterThan(128 + 2 * 40);
    // Above the light picture's cells there is the light picture.
    const at = (x: number, y: number): number => data[(y * width + x) * 3]!;
    expect(at(width - 16 - 128 - 64, 16 + 128 - 30)).toBe(220);
    expect(at(width - 16 - 64, 16 + 128 - 30)).toBe(20);
  });

  it.each<[string[], number, RegExp]>([
    [["--text", "a bear"], 2, /name pictures: latentkit similarity/],
    [["dark.png", "--text", " "], 2, /--text is empty/],
    [["dark.png", "--text", "a bear", "--plot", "m.jpg"], 2, /--plot m.jpg does not end in .png/],
    [["empty", "--text", "a bear"], 1, /empty holds no pictures/],
    [["dark.png"], 2, /give texts to compare with: --text "a bear"/],
    [["text.png", "--text", "a bear"], 1, /text.png: not a PNG, JPEG/],
    [["none.png", "--text", "a bear"], 1, /cannot read none.png: there is no such file/],
  ])("%j is refused in one line", async (given, code, message) => {
    const ran = await cli(["similarity", ...given, ...model]);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toMatch(/^latentkit similarity: [^\n]*\n$/);
    expect(ran.stderr).toMatch(message);
  });
});

interface Classified {
  readonly results: { readonly image: string; readonly labels: { label: string; share: number; cosine: number }[] }[];
}

describe("classify", () => {
  it("prints the likeliest labels of each picture", async () => {
    const args = ["classify", "dark.png", "light.png", "--labels", "bear, apple,house", ...model];
    const { results } = JSON.parse((await cli([...args, "--json"])).stdout) as Classified;
    expect(results.map(({ image }) => image)).toEqual(["dark.png", "light.png"]);
    for (const { labels } of results) {
      expect(labels.map(({ label }) => label).sort()).toEqual(["apple", "bear", "house"]);
      expect(labels.map(({ share }) => share)).toEqual(labels.map(({ share }) => share).sort((a, b) => b - a));
    }
    const { stdout } = await cli([...args, "--top", "1"]);
    const best = results.map(({ image, labels: [first] }) => [image, first!.label, (100 * first!.share).toFixed(1)]);
    expect(
      stdout
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(/ +/).slice(0, 3)),
    ).toEqual(best);
  });

  it("goes through folders whose names are the truth", async () => {
    const args = ["classify", "things", "--truth", "folders", "--templates", "imagenet", "--top", "1", ...model];
    const ran = await cli([...args, "--json"]);
    const found = JSON.parse(ran.stdout);
    const right = found.results.filter(({ truth, labels }: { truth: string; labels: { label: string }[] }) => {
      expect([truth, labels.length]).toEqual([expect.stringMatching(/^(bear|red apple)$/), 1]);
      return truth === labels[0]!.label;
    });
    expect(found).toMatchObject({
      pictures: 4,
      truth: { pictures: 3, unlabelled: 0, top1: right.length / 3, top5: 1 },
    });
    expect(found.unreadable).toEqual([
      { image: "things/bear/cut.png", reason: expect.stringContaining("cut.png: the picture is damaged") },
    ]);
    expect(ran.stderr).toContain("left out: things/bear/cut.png: the picture is damaged");
    const { stdout } = await cli([...args]);
    expect(stdout).toContain("1 of 4 pictures could not be read\n\nright first: ");
    expect(stdout).toMatch(/\nshows \\ taken for +bear +red apple\nbear +\d +\d\nred apple +\d +\d\n$/);
    expect(readdirSync("cache/latentkit/labels").length).toBeGreaterThan(0);
  });

  it("writes CSV and JSON lines", async () => {
    const args = ["classify", "things", "--labels", 'bear,"red" apple', "--top", "2", ...model];
    expect((await cli([...args, "-o", "out.csv"])).stdout).toBe(
      "4 pictures: out.csv\n\n1 of 4 pictures could not be read\n",
    );
    const [head, cut, ...rows] = readFileSync("out.csv", "utf8").trimEnd().split("\r\n");
    expect(head).toBe("image,label_1,share_1,cosine_1,label_2,share_2,cosine_2,unreadable");
    expect(cut).toMatch(/^things\/bear\/cut.png,,,,,,,\S*/);
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(/^things\/\S+,.*"""red"" apple",0\.\d{6},-?0\.\d{6},.*$/);
    await cli([...args, "--multi", "-o", "out.jsonl"]);
    const lines = readFileSync("out.jsonl", "utf8").trimEnd().split("\n");
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.map(({ image }) => image)).toHaveLength(4);
    expect(parsed[0]).toMatchObject({ image: "things/bear/cut.png", unreadable: expect.any(String) });
    expect(parsed[1].labels).toHaveLength(2);
  });

  it("reads labels from a file and averages templates", async () => {
    const classify = async (...args: string[]): Promise<Classified> =>
      JSON.parse((await cli(["classify", "dark.png", "--labels", "@labels.txt", ...args, ...model, "--json"])).stdout);
    const plain = await classify();
    expect(plain.results[0]!.labels.map(({ label }) => label).sort()).toEqual(["apple", "bear"]);
    expect(await classify("--template", "a picture of a {}")).toEqual(plain);
    const averaged = await classify("--template", "a picture of a {}", "--template", "{}");
    expect(averaged.results).not.toEqual(plain.results);
  });

  it.each<[string[], number, RegExp]>([
    [["--labels", "bear"], 2, /name pictures: latentkit classify/],
    [["dark.png"], 2, /say which labels there are/],
    [["dark.png", "--labels", "bear", "-o", "x.txt"], 2, /--output x.txt does not end in .csv or .jsonl/],
    [["dark.png", "--labels", "bear", "--templates", "imagnet"], 2, /--templates is "imagnet"/],
    [["empty", "--labels", "bear"], 1, /empty holds no pictures/],
    [
      ["text.png", "things/bear/cut.png", "--labels", "a"],
      1,
      /none of the 2 pictures can be read; the first: text.png/,
    ],
    [["dark.png", "--labels", " , "], 1, /names no label/],
    [["dark.png", "--labels", "@none.txt"], 1, /cannot read none.txt: there is no such file/],
    [["dark.png", "--labels", "@latin1.txt"], 1, /latin1.txt is not UTF-8 text/],
    [
      ["dark.png", "--labels", "bear", "--template", "a picture"],
      2,
      /--template "a picture" has no \{\} for the label/,
    ],
    [["dark.png", "--labels", "bear", "--top", "0"], 2, /--top must be a whole number of at least 1/],
    [["text.png", "--labels", "bear"], 1, /text.png: not a PNG, JPEG/],
  ])("%j is refused in one line", async (given, code, message) => {
    const ran = await cli(["classify", ...given, ...model]);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr.split("\n").filter((line) => line.startsWith("latentkit"))).toHaveLength(1);
    expect(ran.stderr).toMatch(message);
  });
});
