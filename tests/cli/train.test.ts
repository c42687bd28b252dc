import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { cli } from "../support/cli.ts";

const home = process.cwd();
const [shown] = Array.from(
  readFileSync("README.md", "utf8").matchAll(/^```json\n(.*?)^```/gms),
  ([, json]) => JSON.parse(json!) as Record<string, unknown>,
);

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  symlinkSync(join(home, "models"), "models");
  mkdirSync("pictures");
  for (const [i, name] of ["dark", "bright"].entries()) {
    const data = new Uint8Array(128 * 128 * 3).fill(60 + 120 * i);
    const picture = { width: 128, height: 128, channels: 3 as const, data };
    writeFileSync(`pictures/${name}.png`, await nodeHost().encodePicture(picture, "png"));
    writeFileSync(`pictures/${name}.txt`, `a ${name} picture`);
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const train = (kind: string, config: Readonly<Record<string, unknown>>) => {
  writeFileSync("config.json", JSON.stringify({ ...config, batch: 2, steps: 1, lr: 1e-4 }));
  return cli(["train", kind, "config.json"]);
};

it("goes on with the bundled model as the README shows, and draws with what it left", async () => {
  expect(await train("diffusion", { ...shown, pictures: 2, warmup: 0 })).toMatchObject({ code: 0 });
  const drawn = ["a bear", "--model", "my-model", "--steps", "1", "-o", "bear.png"];
  expect(await cli(["generate", ...drawn])).toMatchObject({ code: 0 });
  expect(readFileSync("my-model/tokenizer/vocab.json")).toEqual(readFileSync("models/pocket/tokenizer/vocab.json"));
});

it.each(["models/pocket", "models/pocket/clip"])("goes on with the CLIP in %s", async (model) => {
  const data = { kind: "folder", folder: "pictures", size: 192 };
  expect(await train("clip", { model, data, out: "my-clip" })).toMatchObject({ code: 0 });
  expect(existsSync("my-clip/vocab.json")).toBe(true);
});
