import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomModel } from "../../../../tests/support/tiny-model.ts";
import { decodePicture, encodePicture } from "../../../host/node/picture.ts";
import { nodeHost } from "../../../host/node.ts";
import { main } from "../main.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "evaluate-"));
  await writeRandomModel(join(root, "model"));
  for (const [i, label] of ["bear", "apple", "cat"].entries()) {
    await mkdir(join(root, "pictures", label), { recursive: true });
    const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at * (i + 5)) % 256);
    const png = await encodePicture({ width: 32, height: 32, channels: 3, data }, "png");
    for (const name of ["1.png", "2.png"]) await writeFile(join(root, "pictures", label, name), png);
  }
});
afterAll(() => rm(root, { recursive: true }));

async function run(...args: string[]) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const signal = new AbortController().signal;
  const output = { stdout: stream("stdout"), stderr: stream("stderr"), writeBytes: async () => true };
  const surroundings = { ...output, env: {}, signal, version: "1" };
  return { code: await main(["evaluate", ...args], surroundings), ...written };
}
const measured = (...args: string[]) =>
  run(join(root, "model"), "--data", join(root, "pictures"), "--things", "2", "--steps", "1", ...args);

describe("latentkit evaluate", () => {
  it("prints one table, progress beside it, and a sheet of what was drawn", async () => {
    const sheet = join(root, "sheet.png");
    const { code, stdout, stderr } = await measured("--sheet", sheet);
    expect(stderr).toContain("drawing 2/2");
    expect(code).toBe(0);
    const rows = stdout.split("\n").filter((line) => / {2}\d+ {2}/.test(line));
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual([
      "autoencoder: PSNR",
      "autoencoder: SSIM",
      "CLIP: right first of 3",
      "CLIP: right among five",
      "denoiser: error at step 100, 300, 500, 699, 899",
      "the same without text",
      "CLIP sees the thing asked for, of 3",
      "CLIP sees it among five",
      "nearest known picture by pixels shows it",
      "one of the five nearest does",
      "known picture within 30 dB",
      "Fréchet distance, own CLIP",
      "kernel distance, own CLIP",
      "time for a picture",
    ]);
    expect(rows[3]).toMatch(/6 {2}100\.0 %$/);
    expect(stdout).toContain("drawn with DPM++ 2M, 1 steps, guidance 7.5, seed 1");
    const file = await nodeHost().open(sheet);
    expect((await decodePicture(await file.read(0, file.size), sheet)).width).toBe(12 + 2 * 44);
  });

  it("prints one object with --json", async () => {
    const { code, stdout } = await measured("--only", "clip", "--pictures", "4", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      model: join(root, "model"),
      clip: [{ set: join(root, "pictures"), pictures: 4, labels: 3, top5: 1 }],
      omitted: {},
    });
  });

  it.each([
    [[], 2, "name one model directory: latentkit evaluate MODEL"],
    [["m", "--only", "vae"], 2, '--only is "vae", but must be one of autoencoder, clip, denoiser, generation'],
    [["m", "--things", "0"], 2, '--things must be a whole number of at least 2, not "0"'],
    [["pocket", "--data", "/nowhere/at/all"], 1, "there is no folder /nowhere/at/all; name one with pictures"],
    [["m", "--sheet", "/"], 1, "cannot write /: it is a folder; name a file in it"],
  ])("%j exits with %d and one line", async (args, code, line) => {
    expect(await run(...args)).toEqual({ code, stdout: "", stderr: `latentkit evaluate: ${line}\n` });
  });
});
