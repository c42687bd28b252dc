import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomModel } from "./support/tiny-model.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "latentkit-"));
const model = join(folder, "tiny");
const at = (file: string): string => join(folder, file);

/** What an example prints, run from the sources as its first line says. */
async function example(name: string, ...args: string[]): Promise<string> {
  const command = ["--import", "tsx", `examples/${name}.ts`, ...args];
  return (await promisify(execFile)(process.execPath, command, { cwd: root })).stdout;
}

beforeAll(() => writeRandomModel(model));
afterAll(() => rmSync(folder, { recursive: true }));

describe("examples", () => {
  it("draw", async () => {
    expect(await example("draw", "a picture of a bear", at("bear.png"), model)).toContain("step 20 of 20");
    expect(await sharp(at("bear.png")).metadata()).toMatchObject({ format: "png", width: 32, height: 32 });
  });

  it("redraw a picture and keep how it was made", async () => {
    await example("redraw", at("bear.png"), "a picture of a fox", at("fox.png"), model);
    const { comments } = await sharp(at("fox.png")).metadata();
    expect(comments![0]!.text).toMatch(/^a picture of a fox\nSteps: 20, .*Seed: 7, Size: 32x32, .*strength: 0\.7/);
  });

  it("compare a picture with labels", async () => {
    const lines = (await example("compare", at("bear.png"), "bear,apple", model)).trim().split("\n");
    const shares = lines.map((line) => Number(/: ([\d.]+) %/.exec(line)![1]));
    expect(lines.map((line) => line.split(":")[0])).toEqual(["bear", "apple"]);
    expect(shares[0]! + shares[1]!).toBeCloseTo(100, 0);
  });

  it("curate a data set", async () => {
    mkdirSync(at("photos"));
    copyFileSync(at("bear.png"), at("photos/bear.png"));
    writeFileSync(at("photos/bear.txt"), "a picture of a bear");
    expect(await example("curate", at("photos"), at("data"), model)).toMatch(/^reading: .*\nkept [01] of 1 pairs: /s);
    expect(readdirSync(at("data"))).toContain("00000.tar");
  });

  it("define a network", async () => {
    expect(await example("define")).toMatch(/conv\.weight: f32\[8,3,3,3\] = parameter\n.*shape: \[ 2, 2 \]/s);
  });

  it("train a network", async () => {
    const losses = Array.from((await example("train")).matchAll(/loss ([\d.]+)/g), ([, loss]) => Number(loss));
    expect(losses).toHaveLength(6);
    expect(losses[5]).toBeLessThan(losses[0]! / 10);
  });

  it("are at most 40 lines each, and all are run above", () => {
    const names = readdirSync(`${root}examples`);
    const test = readFileSync(fileURLToPath(import.meta.url), "utf8");
    for (const name of names) {
      expect(readFileSync(`${root}examples/${name}`, "utf8").split("\n").length, name).toBeLessThanOrEqual(41);
      expect(test).toContain(`example("${name.replace(".ts", "")}"`);
    }
  });
});

describe("README.md", () => {
  const examples = readdirSync(`${root}examples`).map((name) => readFileSync(`${root}examples/${name}`, "utf8"));
  const snippets = readFileSync(`${root}README.md`, "utf8").matchAll(/```ts\n(.*?)```/gs);

  it.each(Array.from(snippets, ([, code]) => [code!.split("\n")[0], code!]))("shows what runs: %s", (_, code) => {
    expect(examples.some((text) => text.includes(code))).toBe(true);
  });
});
