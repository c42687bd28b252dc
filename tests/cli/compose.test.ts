import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lengthOf, peakOf, type Sound } from "../../src/audio/sound.ts";
import { readWav } from "../../src/audio/wav.ts";
import { writeWav } from "../../src/audio/wav-write.ts";
import { decodePicture } from "../../src/host/node/picture.ts";
import { cli } from "../support/cli.ts";
import { writePublishedMusicModel, writeRandomMusicModel } from "../support/tiny-music.ts";

let root: string;
let model: string;
const home = process.cwd();
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  model = join(root, "tiny");
  await writeRandomMusicModel(model);
});
beforeEach(() => process.chdir(mkdtempSync(join(root, "desk-"))));
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const compose = (...args: string[]) => cli(["compose", ...args, "--model", model, "--steps", "2", "--iterations", "2"]);
const heard = (file: string): Sound => readWav(readFileSync(file), file);
const noise: Sound = {
  sampleRate: 8000,
  channels: [Float32Array.from({ length: 9600 }, (_, i) => Math.sin(i * i) / 4)],
};

describe("compose", () => {
  it("writes a sound, its spectrum that plays again, and its waveform", async () => {
    const files = ["-o", "bear.wav", "--picture", "spectrum.png", "--waveform", "wave.png"];
    const { code, stdout } = await compose("a bear", "--seed", "7", ...files);
    expect([code, stdout]).toEqual([0, "bear.wav (1.26 s, seed 7)\nspectrum.png\nwave.png\n"]);
    const sound = heard("bear.wav");
    expect([sound.sampleRate, sound.channels.length, lengthOf(sound)]).toEqual([8000, 1, 10080]);
    expect(peakOf(sound)).toBeGreaterThan(0.05);
    expect(peakOf(sound)).toBeLessThan(1);
    const spectrum = await decodePicture(readFileSync("spectrum.png"), "spectrum.png");
    expect([spectrum.width, spectrum.height]).toEqual([64, 32]);
    const wave = await decodePicture(readFileSync("wave.png"), "wave.png");
    expect(new Set(wave.data).size).toBeGreaterThan(1);
    expect(await cli(["spectrogram", "spectrum.png", "again.wav", "--iterations", "2"])).toMatchObject({ code: 0 });
    expect(heard("again.wav").sampleRate).toBe(8000);
  });

  it("composes again what a file says, with what is changed", async () => {
    await compose("a bear", "--seed", "7", "--bpm", "130", "--beat", "0.5", "-o", "a.wav");
    const again = await cli(["compose", "--from", "a.wav", "--model", model, "-o", "b.wav", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ file: "b.wav", prompt: "a bear", seed: 7, bpm: 130, steps: 2 });
    expect(readFileSync("b.wav")).toEqual(readFileSync("a.wav"));
    await cli(["compose", "--from", "a.wav", "--model", model, "-o", "c.wav", "--seed", "8"]);
    expect(heard("c.wav").channels).not.toEqual(heard("a.wav").channels);
    await cli(["compose", "--from", "a.wav", "--model", model, "-o", "d.wav", "--beat", "1"]);
    expect(heard("d.wav").channels).not.toEqual(heard("a.wav").channels);
  });

  it("names its file, writes to standard output, starts from a sound and goes to another prompt", async () => {
    expect((await compose("a bear", "--seed", "1")).stdout).toMatch(/^a-bear\.wav \(1\.26 s/);
    const { bytes, stdout } = await compose("a bear", "--seed", "1", "-o", "-");
    expect(stdout).toBe("");
    expect(Buffer.from(bytes)).toEqual(readFileSync("a-bear.wav"));
    writeFileSync("init.wav", writeWav(noise));
    const given = await compose("a", "--init", "init.wav", "--mask", "0.4-0.8", "--json", "-o", "kept.wav");
    expect(JSON.parse(given.stdout)).toMatchObject({ seconds: 1.2, strength: 0.55 });
    const way = await compose("a bear", "--to", "an apple", "--seconds", "2", "--stereo", "--json", "-o", "way.wav");
    expect(JSON.parse(way.stdout)).toMatchObject({ to: ["an apple"], seconds: 2, channels: 2 });
  });

  it.each([
    [[], 2, 'say what to compose: latentkit compose "'],
    [["a", "bear"], 2, 'put the prompt in quotation marks: compose "a bear"'],
    [["a", "-o", "x.aac"], 2, "--output x.aac does not end in .wav"],
    [["a", "--picture", "x.jpg"], 2, "--picture x.jpg does not end in .png"],
    [["a", "--seconds", "0"], 2, "--seconds must be a number from 0.01"],
    [["a", "--bpm", "fast"], 2, "--bpm must be a number from 20 to 400"],
    [["a", "--beat", "3"], 2, "--beat must be a number from 0 to 2"],
    [["a", "--strength", "0.5"], 2, "--strength goes with --init, which is missing"],
    [["a", "--init", "none.wav"], 1, "cannot read none.wav: there is no such file"],
    [["a", "--from", "none.wav"], 1, "cannot read none.wav: there is no such file"],
    [["a", "--endless", "--seconds", "9"], 2, "--seconds is of a piece that ends, but --endless has none"],
    [["a", "--endless", "-o", "x.wav"], 2, "--endless plays on standard output"],
  ])("refuses %j in one line and writes nothing", async (args, code, message) => {
    const ran = await compose(...args);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(`latentkit compose: ${message}`);
    expect(ran.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(".")).toEqual([]);
  });

  it("takes the layout that Riffusion was published in, with Riffusion's own parameters", async () => {
    await writePublishedMusicModel("riffusion-model-v1");
    const given = ["--model", "riffusion-model-v1", "--steps", "1", "--iterations", "1", "--json"];
    const { stdout, stderr } = await cli(["compose", "a bear", ...given, "-o", "a.wav", "--picture", "a.png"]);
    expect(stderr).not.toContain("latentkit compose:");
    expect(JSON.parse(stdout)).toMatchObject({ seconds: 5.11, sampleRate: 44100, channels: 1 });
    const { width, height } = await decodePicture(readFileSync("a.png"), "a.png");
    expect([width, height]).toEqual([512, 512]);
  });

  it("tells sounds that are none, and pictures' models, in one line", async () => {
    writeFileSync("text.wav", "no sound");
    const none = await compose("a", "--init", "text.wav");
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^latentkit compose: text\.wav[^\n]*\n$/) });
    const pictures = await cli(["compose", "a", "--model", "pocket"]);
    expect(pictures).toMatchObject({ code: 1, stderr: expect.stringMatching(/it is no model of music[^\n]*\n$/) });
    expect(readdirSync(".")).toEqual(["text.wav"]);
  });
});
