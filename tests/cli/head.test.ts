import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { ClipModel } from "../../src/pipelines/clip/clip.ts";
import { readHead, scoreBy } from "../../src/pipelines/clip/head.ts";
import { cli } from "../support/cli.ts";
import { tinySizes, writeRandomModel } from "../support/tiny-model.ts";

let root: string;
const home = process.cwd();
const cache = process.env.XDG_CACHE_HOME;
const perClass = 8;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  process.env.XDG_CACHE_HOME = join(root, "cache");
  await writeRandomModel("tiny");
  await writeRandomModel("other", tinySizes, 9);
  const lines = ["file,score"];
  for (const [name, base] of Object.entries({ dark: 20, light: 200 })) {
    mkdirSync(`pictures/${name}`, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const background = { r: base + 4 * i, g: base + ((7 * i) % 30), b: base + ((11 * i) % 40) };
      const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await picture.png().toFile(`pictures/${name}/${i}.png`);
      lines.push(`${name}/${i}.png,${base / 20 + i / 10}`);
    }
  }
  writeFileSync("pictures/dark/broken.png", "no picture");
  writeFileSync("pictures/ratings.csv", `${lines.join("\n")}\n`);
});
afterAll(() => {
  process.chdir(home);
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(root, { recursive: true });
});

const train = (...args: string[]) => cli(["train", "head", ...args, "--model", "tiny"]);

async function told(file: string, picture: string): Promise<number> {
  const host = nodeHost();
  const model = await ClipModel.open(host, "tiny");
  const { data } = await model.embedImages([picture]);
  await model.close();
  const digest = JSON.parse((await cli(["index", "info", "pictures.index", "--json"])).stdout) as { digest: string };
  return scoreBy(await readHead(host, file, { digest: digest.digest, width: model.config.projection }), data);
}

describe("train head", () => {
  it("learns a class from folders, and keeps what it embedded", async () => {
    await cli(["index", "build", "pictures", "--into", "pictures.index", "--model", "tiny"]);
    const { code, stdout, stderr } = await train("pictures", "--of", "light", "-o", "light.safetensors", "--json");
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("latentkit train:")]);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "probability",
      pictures: 2 * perClass,
      members: perClass,
      heldOut: { auc: 1 },
      unreadable: [expect.stringMatching(/broken.png: not a PNG/)],
    });
    expect(await told("light.safetensors", "pictures/light/3.png")).toBeGreaterThan(0.7);
    expect(await told("light.safetensors", "pictures/dark/3.png")).toBeLessThan(0.3);
    const again = await train("pictures", "--of", "light", "-o", "again.safetensors", "--json");
    expect(JSON.parse(again.stdout)).toEqual({ ...JSON.parse(stdout), output: "again.safetensors" });
  });

  it("learns scores from a table, which lead the search", async () => {
    const { code, stdout } = await train("pictures/ratings.csv", "-o", "score.safetensors");
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/a score, from 16 pictures\non pictures left out: R² 0\.9/),
    ]);
    expect(await told("score.safetensors", "pictures/light/3.png")).toBeCloseTo(10.3, 0);
    const scores = async (...args: string[]): Promise<number[]> => {
      const found = await cli([
        "index",
        "search",
        "pictures.index",
        "--image",
        "pictures/dark/0.png",
        "--json",
        ...args,
      ]);
      return (JSON.parse(found.stdout) as { hits: { score: number }[] }).hits.map(({ score }) => score);
    };
    expect((await scores("--aesthetic", "score.safetensors:0"))[0]).toBeCloseTo(1, 0);
    expect((await scores("--aesthetic", "score.safetensors:9"))[0]).toBeGreaterThan(9.5);
  });

  it.each<[string[], number, RegExp]>([
    [["pictures", "-o", "x.safetensors"], 2, /--of dark, or --of light/],
    [["pictures", "--of", "grey", "-o", "x.safetensors"], 2, /--of dark/],
    [["pictures", "--of", "dark"], 2, /say where the head is to be/],
    [["pictures", "--of", "dark", "-o", "x.bin"], 2, /does not end in .safetensors/],
    [["pictures/light", "-o", "x.safetensors"], 1, /needs a folder of pictures for each class or score, but has 0/],
    [["none.csv", "-o", "x.safetensors"], 1, /there is no such file/],
    [["pictures/ratings.csv", "--of", "light", "-o", "x.safetensors"], 1, /has no column label, class/],
  ])("%j is refused in one line", async (args, code, message) => {
    const ran = await train(...args);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toMatch(/^latentkit train: [^\n]*\n$/);
    expect(ran.stderr).toMatch(message);
  });

  it("is of one model alone", async () => {
    const other = await cli(["index", "build", "pictures", "--into", "other.index", "--model", "other"]);
    expect(other.code).toBe(0);
    const { code, stderr } = await cli(["index", "search", "other.index", "light", "--aesthetic", "score.safetensors"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/score.safetensors was trained on .*tiny, whose vectors/),
    ]);
  });
});
