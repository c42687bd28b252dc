import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { cli } from "../support/cli.ts";

const home = process.cwd();
type Config = Readonly<Record<string, unknown>>;

/** The training config that a document shows, on other data of the same size. */
function shown(document: string): Config {
  const [, json] = /^```json\n(.*?)^```/ms.exec(readFileSync(join(home, document), "utf8"))!;
  const { data, ...config } = JSON.parse(json!) as { readonly data: Config };
  return { ...config, data: { kind: "folder", folder: "pictures", size: data.size } };
}

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

const train = (kind: string, config: Config) => {
  writeFileSync("config.json", JSON.stringify({ ...config, batch: 2, steps: 1, lr: 1e-4 }));
  return cli(["train", kind, "config.json"]);
};

it("goes on with the bundled model as the README shows, and draws with what it left", async () => {
  expect(await train("diffusion", { ...shown("README.md"), pictures: 2, warmup: 0 })).toMatchObject({ code: 0 });
  const drawn = ["a bear", "--model", "my-model", "--steps", "1", "-o", "bear.png"];
  expect(await cli(["generate", ...drawn])).toMatchObject({ code: 0 });
  expect(readFileSync("my-model/tokenizer/vocab.json")).toEqual(readFileSync("models/pocket/tokenizer/vocab.json"));
});

it.each(["models/pocket", "models/pocket/clip"])(
  "goes on with the CLIP of %s as docs/curating.md shows",
  async (model) => {
    expect(await train("clip", { ...shown("docs/curating.md"), model })).toMatchObject({ code: 0 });
    expect(existsSync("my-clip/vocab.json")).toBe(true);
  },
);
