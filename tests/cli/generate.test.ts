import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodePicture, encodePicture } from "../../src/host/node/picture.ts";
import { readPngText } from "../../src/image/png-text.ts";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
let model: string;
/** Where commands run; emptied before each test. */
let desk: string;
const home = process.cwd();
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  model = join(root, "tiny");
  await writeRandomModel(model);
});
beforeEach(() => {
  desk = mkdtempSync(join(root, "desk-"));
  process.chdir(desk);
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const generate = (...args: string[]) => cli(["generate", ...args, "--model", model, "--steps", "2"]);
const bytes = (file: string): Buffer => readFileSync(join(desk, file));
const parameters = (file: string): string | undefined => readPngText(bytes(file), file).get("parameters");

describe("generate", () => {
  it("draws a picture that holds its settings, the same twice", async () => {
    const first = await generate("a bear, smiling", "--seed", "7", "-o", "bear.png", "--negative", "red");
    expect(first).toMatchObject({
      code: 0,
      stdout: "bear.png (seed 7)\n",
      stderr: expect.stringMatching(/^opening tiny 0\/1\ndrawing 1\/2\ndrawing 2\/2, \d+\.\d s\n$/),
    });
    expect(parameters("bear.png")).toBe(
      "a bear, smiling\nNegative prompt: red\n" +
        "Steps: 2, Sampler: DPM++ 2M, CFG scale: 7.5, Seed: 7, Size: 32x32, Model: tiny, RNG: NV",
    );
    await generate("a bear, smiling", "--seed", "7", "-o", "again.png", "--negative", "red");
    expect(bytes("again.png")).toEqual(bytes("bear.png"));
    expect(await decodePicture(bytes("bear.png"), "bear.png")).toMatchObject({ width: 32, height: 32, channels: 3 });
  });

  it("draws it again from its settings, what is given coming first", async () => {
    const given = ["--guidance", "0", "--sampler", "dpmpp-2m karras", "--width", "24", "--clip-skip", "2"];
    await generate("a bear", "--seed", "7", "-o", "bear.png", ...given);
    await cli(["generate", "--from", "bear.png", "--model", model, "-o", "again.png"]);
    expect(bytes("again.png")).toEqual(bytes("bear.png"));
    await generate("an apple", "--from", "bear.png", "-o", "apple.png", "--seed", "8");
    expect(parameters("apple.png")).toBe(
      parameters("bear.png")?.replace("a bear", "an apple").replace("Seed: 7", "Seed: 8"),
    );
  });

  it("numbers several pictures, each as if it were alone", async () => {
    const { stdout } = await generate("a bear", "--seed", "7", "--count", "3", "-o", "bears/bear.png");
    expect(stdout).toBe("bears/bear-1.png (seed 7)\nbears/bear-2.png (seed 8)\nbears/bear-3.png (seed 9)\n");
    await generate("a bear", "--seed", "9", "-o", "third.png");
    expect(bytes("third.png")).toEqual(bytes("bears/bear-3.png"));
  });

  it("names files after the prompt, never those that are there, and prints the seed it chose", async () => {
    const { stdout } = await generate("A Picture of a Bär!");
    const [, seed] = /^a-picture-of-a-bär\.png \(seed (\d+)\)\n$/.exec(stdout)!;
    await generate("a picture of a bär");
    expect(readdirSync(desk).sort()).toEqual(["a-picture-of-a-bär-2.png", "a-picture-of-a-bär.png"].sort());
    expect(parameters("a-picture-of-a-bär.png")).toContain(`Seed: ${seed}, `);
    await generate("");
    expect(existsSync("picture.png")).toBe(true);
  });

  it("writes what the ending says", async () => {
    for (const [file, magic] of [
      ["a.jpg", "ffd8ff"],
      ["a.JPEG", "ffd8ff"],
      ["a.webp", "52494646"],
    ] as const) {
      expect((await generate("a bear", "-o", file)).code).toBe(0);
      expect(bytes(file).toString("hex")).toMatch(new RegExp(`^${magic}`));
      await generate("a bear", "-o", "bear.png", "--seed", "7");
      await generate("a bear", "-o", file, "--seed", "7");
      await generate("--from", file, "-o", "again.png");
      expect(bytes("again.png")).toEqual(bytes("bear.png"));
    }
  });

  it("restores every way of drawing", async () => {
    const given =
      "--subseed 3 --subseed-strength 0.25 --guidance-rescale 0.5 --hires 1.5 --hires-steps 3 --cache 2 --tile";
    const more = ["--hires-strength", "0.8", "--hires-upscaler", "lanczos", "--schedule", "karras"];
    await generate("a bear", "--seed", "7", "-o", "bear.png", ...given.split(" "), ...more);
    expect(parameters("bear.png")).toBe(
      "a bear\nSteps: 2, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 7, Size: 32x32, Model: tiny, " +
        "Denoising strength: 0.8, Variation seed: 3, Variation seed strength: 0.25, CFG Rescale: 0.5, Hires upscale: 1.5, " +
        "Hires steps: 3, Hires upscaler: Lanczos, Tiling: True, Step cache: 2, RNG: NV",
    );
    expect(await decodePicture(bytes("bear.png"), "bear.png")).toMatchObject({ width: 48, height: 48 });
    await generate("--from", "bear.png", "-o", "again.png");
    expect(bytes("again.png")).toEqual(bytes("bear.png"));
  });

  it("lists samplers and schedules", async () => {
    expect((await generate("--sampler", "help")).stdout).toMatch(/^dpmpp-2m +DPM\+\+ 2M, DPMSolverMultistepScheduler/);
    const { stdout } = await generate("--schedule", "help", "--json");
    expect((JSON.parse(stdout) as { schedules: { name: string }[] }).schedules[1]?.name).toBe("karras");
  });

  it("prints one JSON object", async () => {
    const { stdout } = await generate("a bear", "--seed", "7", "--count", "2", "-o", "b.png", "--json");
    expect(stdout.trim().split("\n").length).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      prompt: "a bear",
      negative: "",
      steps: 2,
      sampler: "DPM++ 2M",
      guidance: 7.5,
      width: 32,
      height: 32,
      model: "tiny",
      seconds: expect.any(Number),
      pictures: [
        { file: "b-1.png", seed: 7 },
        { file: "b-2.png", seed: 8 },
      ],
    });
  });

  it("starts from a picture, and keeps what a mask keeps", async () => {
    const picture = { width: 40, height: 40, channels: 3, data: new Uint8Array(4800).fill(90) } as const;
    writeFileSync("init.png", await encodePicture(picture, "png"));
    writeFileSync("mask.png", await encodePicture({ ...picture, data: picture.data.map(() => 0) }, "png"));
    const from = (out: string, ...args: string[]) =>
      generate("a bear", "--seed", "7", "--init", "init.png", "-o", out, ...args);
    await from("half.png", "--strength", "0.5");
    expect(parameters("half.png")).toContain("Denoising strength: 0.5, ");
    await from("kept.png", "--mask", "mask.png");
    const pixels = async (file: string) => (await decodePicture(bytes(file), file)).data;
    expect(await pixels("kept.png")).toEqual(new Uint8Array(3 * 32 * 32).fill(90));
    expect(await pixels("half.png")).not.toEqual(await pixels("kept.png"));
    await from("whole.png", "--mask", "mask.png", "--mask-invert", "--mask-padding", "2", "--mask-blur", "0");
    expect(parameters("whole.png")).toContain(
      "Denoising strength: 0.6, Mask blur: 0, Mask mode: Inpaint not masked, Inpaint area: Only masked, Masked area padding: 2, ",
    );
    expect(await decodePicture(bytes("whole.png"), "whole.png")).toMatchObject({ width: 40, height: 40 });
    expect((await from("x.png", "--from", "whole.png")).stderr).toContain("drawn with a mask: name that with --mask");
    await generate("--from", "whole.png", "--init", "init.png", "--mask", "mask.png", "-o", "again.png");
    expect(bytes("again.png")).toEqual(bytes("whole.png"));
    expect((await generate("--from", "half.png", "-o", "x.png")).stderr).toContain(
      "was drawn from another picture: name that with --init",
    );
  });

  it("shows previews on a terminal", async () => {
    const args = ["generate", "a bear", "--model", model, "--steps", "2", "-o", "bear.png"];
    const { stderr } = await cli(args, { terminal: true });
    expect(stderr.split("▀").length).toBeGreaterThan(1000);
    expect(stderr).toContain("drawing 2/2");
  });

  it("stops at the next step and leaves no file", async () => {
    const stop = new AbortController();
    const args = ["generate", "a bear", "--model", model, "--steps", "900", "-o", "bear.png"];
    setTimeout(() => stop.abort(), 300);
    const { code, stderr } = await cli(args, { signal: stop.signal });
    expect(code).toBe(130);
    expect(stderr).toMatch(/\nlatentkit generate: stopped\n$/);
    expect(readdirSync(desk)).toEqual([]);
  });
});

describe("what generate cannot do is said in one line:", () => {
  const files = async (): Promise<void> => {
    const data = Uint8Array.from({ length: 192 }, (_, i) => (i * 77) % 256);
    const png = await encodePicture({ width: 8, height: 8, channels: 3, data }, "png");
    writeFileSync("good.png", png);
    writeFileSync("cut-off.png", png.subarray(0, png.length / 2));
    writeFileSync("text.png", "this is no picture");
    mkdirSync("folder.png");
  };
  it.each<[string[], number, RegExp]>([
    [[], 2, /say what to draw: latentkit generate "a picture of a bear"/],
    [["a", "bear"], 2, /put the prompt in quotation marks: generate "a bear"/],
    [["a bear", "-o", "bear.bmp"], 2, /--output bear.bmp does not end in .png, .jpg or .webp/],
    [["a bear", "-o", "bear"], 2, /--output bear does not end in/],
    [["a bear", "-o", "text.png/bear.png"], 1, /cannot write text.png\/bear.png: text.png is a file, not a folder/],
    [["a bear", "-o", "folder.png"], 1, /cannot write folder.png: it is a folder; name a file in it/],
    [["a bear", "--width", "130"], 1, /width 130 is not a multiple of 8; use 128 or 136/],
    [["a bear", "--height", "3"], 2, /--height must be a whole number from 8 to 16384, not "3"/],
    [["a bear", "--steps", "two"], 2, /--steps must be a whole number from 1 to 1000, not "two"/],
    [["a bear", "--guidance", "x"], 2, /--guidance must be a number from 0 to 1000, not "x"/],
    [["a bear", "--sampler", "eular"], 1, /sampler "eular" is unknown; there are dpmpp-2m, /],
    [["a bear", "--seed", "-3"], 2, /--seed must be a whole number of at least 0|--seed must be a whole number from 0/],
    [["a bear", "--count", "0"], 2, /--count must be/],
    [["a bear", "--device", "gpu"], 2, /--device is "gpu", but must be one of cpu, webgpu, cuda/],
    [["a bear", "--clip-skip", "9"], 1, /clip skip 9 is not a whole number from 1 to 2/],
    [["a bear", "--strength", "0.4"], 2, /--strength goes with --init, which is missing/],
    [["a bear", "--mask", "text.png"], 2, /--mask goes with --init, which is missing/],
    [["a bear", "--mask-blur", "2"], 2, /--mask-blur goes with --mask, which is missing/],
    [["a bear", "--subseed", "2"], 2, /--subseed goes with --subseed-strength, which is missing/],
    [["a bear", "--hires-steps", "2"], 2, /--hires-steps goes with --hires, which is missing/],
    [
      ["a bear", "--hires", "2", "--init", "good.png"],
      1,
      /hires draws from noise first: leave out the initial picture/,
    ],
    [["a bear", "--schedule", "steep"], 1, /schedule "steep" is unknown; there are normal, karras, /],
    [["a bear", "--schedule", "zero-snr"], 1, /zero-terminal-snr needs a model that predicts the velocity/],
    [["a bear", "--init", "text.png"], 1, /text.png: not a PNG, JPEG, WebP, AVIF, GIF or TIFF picture/],
    [["a bear", "--init", "cut-off.png"], 1, /cut-off.png: the picture is damaged or ends early/],
    [["a bear", "--init", "missing.png"], 1, /cannot read missing.png: there is no such file/],
    [["--from", "missing.png"], 1, /cannot read missing.png: there is no such file/],
    [["--from", "text.png"], 1, /text.png: not a PNG picture/],
    [["--from", "good.png"], 1, /good.png holds no settings/],
    [
      ["a bear", "--model", "nowhere"],
      1,
      /there is no model nowhere: name a folder, a checkpoint, a model of the hub as owner\/name, or pocket/,
    ],
    [["a bear", "--model", "."], 1, /no model in \.: it has no model_index.json/],
  ])("%j", async (args, code, message) => {
    await files();
    const before = readdirSync(desk);
    const withModel = args.includes("--model") ? args : [...args, "--model", model];
    const ran = await cli(["generate", ...withModel]);
    expect(ran).toMatchObject({ code, stdout: "" });
    const lines = ran.stderr.trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^latentkit generate: /);
    expect(lines.at(-1)).toMatch(message);
    expect(lines.slice(0, -1).filter((line) => !line.startsWith("opening "))).toEqual([]);
    expect(readdirSync(desk)).toEqual(before);
  });
});
