import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keptLatents, prune } from "../../src/apps/cli/animation/work.ts";
import { decodePicture, encodePicture } from "../../src/host/node/picture.ts";
import { nodeHost } from "../../src/host/node.ts";
import { parseSettings } from "../../src/image/settings.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
let model: string;
const home = process.cwd();
const { XDG_CACHE_HOME } = process.env;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  model = join(root, "tiny");
  await writeRandomModel(model);
});
beforeEach(() => {
  process.chdir(mkdtempSync(join(root, "desk-")));
  process.env.XDG_CACHE_HOME = join(process.cwd(), "cache");
});
afterEach(() => {
  if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const animate = (...args: string[]) => cli(["animate", ...args, "--model", model, "--steps", "2"]);

describe("animate", () => {
  it("writes a GIF of prompts, with settings, and tells how smooth it is", async () => {
    const options = ["--seed", "7", "--frames", "4", "--fps", "10", "-o", "bear.gif"];
    const { code, stdout, stderr } = await animate("a bear", "an apple", ...options);
    expect(stdout).toMatch(
      /^bear\.gif \(4 pictures, 0\.4 s, seed 7\)\nchange from picture to picture: mean 0\.\d{3}, max 0\.\d{3}, max\/median \d\.\d\d, variation 0\.\d\d, jerk 0\.\d{3}\na bear: CLIP -?0\.\d{3}\nan apple: CLIP -?0\.\d{3}\n$/,
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^opening 0\/1\n[\s\S]*drawing 4\/4, \d+\.\d s\n$/)]);
    const { pages, delay, width } = await sharp("bear.gif", { animated: true }).metadata();
    expect({ pages, delay, width }).toEqual({ pages: 4, delay: [100, 100, 100, 100], width: 32 });
    expect(readdirSync("cache/latentkit/animations")).toEqual([]);
  });

  it("says all in one object, and writes folders whose manifest has the settings", async () => {
    const { stdout } = await animate(
      "a bear",
      "an apple",
      "--json",
      "--seed",
      "1",
      "--frames=3",
      "--even",
      "-o",
      "out/",
    );
    const { smoothness, ends, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({
      file: "out/",
      pictures: 3,
      width: 32,
      height: 32,
      fps: 12,
      measure: "CLIP and pixels",
    });
    expect(rest.positions).toEqual([0, expect.any(Number), 1]);
    expect(Object.keys(smoothness)).toEqual(["mean", "max", "median", "maxToMedian", "variation", "jerk"]);
    expect(ends).toEqual([
      { prompt: "a bear", similarity: expect.any(Number), seed: 1 },
      { prompt: "an apple", similarity: expect.any(Number), seed: 1 },
    ]);
    expect(readdirSync("out").sort()).toEqual([1, 2, 3].map((n) => `frame-00000${n}.png`).concat("manifest.json"));
    const { parameters } = JSON.parse(readFileSync("out/manifest.json", "utf8"));
    const settings = parseSettings(parameters);
    expect(settings).toMatchObject({
      prompt: "a bear | an apple",
      steps: 2,
      seed: 1,
      sampler: "DPM++ 2M",
      guidance: 7.5,
    });
    expect(Object.fromEntries(settings.more!)).toMatchObject({ Anchor: "0.2", Frames: "3", Even: "true" });
  });

  it("takes values for each end, the names of the program that it follows, and names its file", async () => {
    const given = ["--negative", "red", "--negative", "blue", "--guidance=3", "--guidance=4", "--seed=1", "--seed=2"];
    const frames = ["--frames", "2", "--frames", "3", "--loop"];
    const wrong = await animate("a bear", "an apple", "a fox", ...given);
    expect(wrong.stderr).toMatch(/--negative was given 2 times, but there are 3 ends: give it once, or for each\n$/);
    const { stdout } = await animate("A bear", "an apple", ...given, ...frames, "--json", "--prompt_strength", "0.5");
    expect(JSON.parse(stdout)).toMatchObject({ file: "a-bear-an-apple.gif", pictures: 3, positions: [0, 1, 1.5, 2] });
    const named = ["--num_animation_frames=2", "--num_interpolation_steps=3", "--gif_ping_pong", "--guidance_scale=2"];
    const { stdout: other } = await animate("a", "b", ...named, "--gif_frames_per_second=5", "--json", "-o", "x.webp");
    expect(JSON.parse(other)).toMatchObject({ pictures: 6, fps: 5 });
  });

  it("goes from picture to picture, fits them and says so", async () => {
    const picture = { width: 48, height: 32, channels: 3, data: new Uint8Array(48 * 32 * 3).fill(90) } as const;
    writeFileSync("grey.png", await encodePicture(picture, "png"));
    const { stdout, stderr } = await animate("grey.png", "grey.png: a bear", "--frames", "2", "-o", "grey.png.webp");
    expect(stderr).toContain("grey.png has 48x32 pixels: it is scaled and cut to 32x32\n");
    expect(stdout).toMatch(
      /\ngrey\.png: PSNR \d+\.\d dB \(the autoencoder's own \d+\.\d\)\ngrey\.png: a bear: CLIP .*, PSNR/,
    );
  });

  it("draws only what is new, and goes on where it was stopped, to the same bytes", async () => {
    const options = ["--frames", "10", "-o", "bear/"];
    const stop = new AbortController();
    const running = cli(["animate", "a bear", "an apple", "--model", model, ...options], { signal: stop.signal });
    while (!existsSync("bear/frame-000002.png")) await new Promise((wake) => setTimeout(wake, 2));
    stop.abort();
    expect(await running).toMatchObject({ code: 130, stderr: expect.stringMatching(/latentkit animate: stopped\n$/) });
    expect(existsSync("bear/manifest.json")).toBe(false);
    const before = readFileSync("bear/frame-000001.png");
    const resumed = await cli(["animate", "--resume", "-o", "bear/", "--json"]);
    const { ends, pictures } = JSON.parse(resumed.stdout);
    expect(pictures).toBe(10);
    expect(readFileSync("bear/frame-000001.png")).toEqual(before);
    const seed = String(ends[0].seed);
    await cli(["animate", "a bear", "an apple", "--model", model, "--frames", "10", "-o", "again/", "--seed", seed]);
    for (const name of readdirSync("bear")) expect(readFileSync(`again/${name}`)).toEqual(readFileSync(`bear/${name}`));
    const none = await cli(["animate", "--resume", "-o", "bear/"]);
    expect(none.stderr).toBe(
      "latentkit animate: no animation into bear/ was stopped: leave out --resume to begin one\n",
    );
  });

  it.each([
    [["a bear", "-o", "x.gif"], 2, "name two prompts or pictures: latentkit animate"],
    [["a", "b", "-o", "x.mov"], 2, "x.mov does not end in .gif, .webp"],
    [["a", "b", "--frames", "0"], 2, "--frames must be a whole number from 2"],
    [["a", "none.png"], 1, "cannot read none.png: there is no such file"],
    [["a", "b", "--anchor", "2"], 2, "--anchor must be a number from 0 to 1"],
    [["a", "b", "--anchor=0.1", "--prompt-strength=0.9"], 2, "--anchor and --prompt-strength say the same"],
    [["a", "b", "--loop", "--ping-pong"], 2, "--ping-pong goes back, --loop goes on to the first end: choose one"],
    [["a", "b", "--easing", "inn"], 2, '--easing is "inn", but must be one of linear, in, out, in-out'],
    [["--resume"], 2, "--resume goes with --output, the file that was to be made"],
    [["a", "b", "--fps", "0"], 2, "--fps must be a number from 0.01"],
  ])("refuses %j in one line", async (args, code, message) => {
    const ran = await animate(...args);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(`latentkit animate: ${message}`);
    expect(ran.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(".").filter((name) => name !== "cache")).toEqual([]);
  });
});

describe("kept latents", () => {
  it("belong to the files that made them", async () => {
    writeFileSync("weights", "1");
    const latents = ndarray(Float32Array.of(1, 2), [1, 2]);
    await (await keptLatents(nodeHost(), ["weights"], {})).put("frame", latents);
    expect(await (await keptLatents(nodeHost(), ["weights"], {})).get("frame")).toEqual(latents);
    expect(await (await keptLatents(nodeHost(), ["weights"], { device: "cuda" })).get("frame")).toBeUndefined();
    writeFileSync("weights", "23");
    expect(await (await keptLatents(nodeHost(), ["weights"], {})).get("frame")).toBeUndefined();
  });

  it("are forgotten, the oldest first, where there are too many", async () => {
    for (const [i, name] of ["c", "a", "b"].entries()) {
      writeFileSync(`${name}.safetensors`, "x".repeat(10));
      await new Promise((wake) => setTimeout(wake, 5 + i));
    }
    await prune(".", 20);
    expect(readdirSync(".").sort()).toEqual(["a.safetensors", "b.safetensors"]);
  });

  it("stay in memory where nothing can be written", async () => {
    writeFileSync("cache", "a file");
    const store = await keptLatents(nodeHost(), [], {});
    const latents = ndarray(Float32Array.of(1), [1]);
    await store.put("frame", latents);
    expect(await store.get("frame")).toBe(latents);
  });
});

it("decodes what it wrote", async () => {
  await animate("a bear", "an apple", "--frames", "2", "-o", "two/");
  expect(await decodePicture(readFileSync("two/frame-000002.png"), "two")).toMatchObject({ width: 32, height: 32 });
});
