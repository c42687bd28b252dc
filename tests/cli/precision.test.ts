import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { psnr } from "../../src/evaluation/psnr.ts";
import { pocketFolder } from "../../src/host/node/pocket.ts";
import { nodeHost } from "../../src/host/node.ts";
import { cli, type Ran } from "../support/cli.ts";
import { tinySizes, writeRandomModel } from "../support/tiny-model.ts";

const root = mkdtempSync(join(tmpdir(), "latentkit-precision-"));
const pocket = join(root, "pocket");
const tiny = join(root, "tiny");
const host = nodeHost();
const { XDG_CACHE_HOME } = process.env;

beforeAll(async () => {
  process.env.XDG_CACHE_HOME = join(root, "cache");
  mkdirSync(join(pocket, "unet"), { recursive: true });
  for (const part of ["model_index.json", "scheduler", "text_encoder", "tokenizer", "vae"])
    symlinkSync(join(pocketFolder, part), join(pocket, part));
  for (const file of ["config.json", "diffusion_pytorch_model.safetensors"])
    symlinkSync(join(pocketFolder, "unet", file), join(pocket, "unet", file));
  await writeRandomModel(tiny);
});
afterAll(() => {
  if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  rmSync(root, { recursive: true });
});

const drawn = (name: string): string => join(root, `${name}.png`);
const draw = (model: string, name: string, ...args: string[]): Promise<Ran> =>
  cli([
    "generate",
    "a red apple",
    "--seed",
    "7",
    "--steps",
    model === pocket ? "6" : "1",
    "--model",
    model,
    "-o",
    drawn(name),
    ...args,
  ]);
const picture = (name: string) => host.decodePicture(readFileSync(drawn(name)), name);

it("draws in eight bits what it draws in 32, calibrated once", async () => {
  expect((await draw(pocket, "fp32")).code).toBe(0);
  const first = await draw(pocket, "int8", "--precision", "int8");
  expect(first.code).toBe(0);
  expect(first.stderr).toContain("calibrating for int8, once 12/12");
  expect(first.stderr).toContain(`the calibration is kept in ${pocket}/unet/unet.int8\n`);
  const again = await draw(pocket, "again", "--precision", "int8");
  expect(again.stderr).not.toContain("calibrat");
  expect(readFileSync(drawn("again"))).toEqual(readFileSync(drawn("int8")));
  const likeness = psnr(await picture("int8"), await picture("fp32"));
  expect(likeness).toBeGreaterThan(30);
  expect(likeness).toBeLessThan(70);
});

it("calibrates anew when the weights have changed", async () => {
  const model = join(root, "changed");
  cpSync(tiny, model, { recursive: true });
  expect((await draw(model, "tiny", "--precision", "int8")).stderr).toContain("calibrating");
  await writeRandomModel(model, tinySizes, 2);
  expect((await draw(model, "tiny", "--precision", "int8")).stderr).toContain("calibrating");
  expect((await draw(model, "tiny", "--precision", "int8")).stderr).not.toContain("calibrating");
});

it("keeps calibrations in the cache where the model's folder takes none, or nowhere", async () => {
  const model = join(root, "closed");
  cpSync(tiny, model, { recursive: true });
  mkdirSync(join(model, "unet", "unet.int8"));
  const { stderr } = await draw(model, "tiny", "--precision", "int8");
  const [, kept] = /the calibration is kept in (\S+)/.exec(stderr)!;
  expect(kept).toMatch(join(root, "cache", "latentkit", "int8"));
  expect(existsSync(kept!)).toBe(true);
  expect((await draw(model, "tiny", "--precision", "int8")).stderr).not.toContain("calibrating");
  rmSync(kept!);
  mkdirSync(kept!);
  expect((await draw(model, "tiny", "--precision", "int8")).stderr).toContain("kept nowhere");
});

it("widens half precision as it goes", async () => {
  expect((await draw(tiny, "wide")).code).toBe(0);
  expect((await draw(tiny, "half", "--precision", "fp16")).code).toBe(0);
  expect(psnr(await picture("half"), await picture("wide"))).toBeGreaterThan(50);
});

it("says in a line what it cannot calculate with", async () => {
  expect(await draw(tiny, "none", "--precision", "int4")).toMatchObject({
    code: 2,
    stderr: 'latentkit generate: --precision is "int4", but must be one of fp32, fp16, int8; did you mean int8?\n',
  });
  expect(await draw(tiny, "none", "--precision", "int8", "--device", "webgpu")).toMatchObject({
    code: 1,
    stderr: "latentkit generate: --precision int8 is for --device cpu; on webgpu take fp32\n",
  });
  expect(existsSync(drawn("none"))).toBe(false);
});
