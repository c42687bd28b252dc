import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePicture } from "../../src/host/node/picture.ts";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
const home = process.cwd();
const model = ["--model", "tiny"];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  await writeRandomModel("tiny");
  for (const [name, value] of [
    ["dark.png", 20],
    ["light.png", 220],
  ] as const) {
    const picture = { width: 40, height: 30, channels: 3, data: new Uint8Array(3600).fill(value) } as const;
    writeFileSync(name, await encodePicture(picture, "png"));
  }
  writeFileSync("text.png", "this is no picture");
  writeFileSync("labels.txt", "bear\n\n apple \nbear\n");
  writeFileSync("latin1.txt", Buffer.from("b\u00e4r", "latin1"));
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

interface Similarity {
  readonly images: string[];
  readonly texts: string[];
  readonly cosine: number[][];
  readonly softmax: number[][];
}

describe("similarity", () => {
  const args = ["similarity", "dark.png", "light.png", "--text", "a bear", "--text", "an apple", ...model];

  it("prints cosines, as a table or as JSON with shares", async () => {
    const { code, stdout } = await cli([...args, "--json"]);
    expect(code).toBe(0);
    const { images, texts, cosine, softmax } = JSON.parse(stdout) as Similarity;
    expect([images, texts]).toEqual([
      ["dark.png", "light.png"],
      ["a bear", "an apple"],
    ]);
    for (const shares of softmax) expect(shares[0]! + shares[1]!).toBeCloseTo(1, 6);
    const printed = (await cli(args)).stdout;
    expect(printed).toMatch(/^ +a bear +an apple\n/);
    const rows = printed
      .split("\n")
      .slice(1, 3)
      .map((line) => line.split(/\s+/));
    expect(rows).toEqual(images.map((image, i) => [image, ...cosine[i]!.map((value) => value.toFixed(3))]));
  });

  it.each<[string[], number, RegExp]>([
    [["--text", "a bear"], 2, /name pictures: latentkit similarity/],
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
    expect(ran.stderr).toMatch(/^latentkit classify: [^\n]*\n$/);
    expect(ran.stderr).toMatch(message);
  });
});
