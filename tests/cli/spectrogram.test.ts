import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { durationOf, peakOf, type Sound } from "../../src/audio/sound.ts";
import { readWav } from "../../src/audio/wav.ts";
import { writeWav } from "../../src/audio/wav-write.ts";
import { decodePicture, encodePicture } from "../../src/host/node/picture.ts";
import { readExif } from "../../src/image/exif.ts";
import { cli } from "../support/cli.ts";
import { golden } from "../support/golden.ts";

let root: string;
const home = process.cwd();
const { path } = golden("riffusion-small-stereo");

/** What the small fixture was made with. */
const small = "--sample-rate 8000 --window-ms 25 --padded-ms 40 --mel-bands 32 --max-frequency 4000".split(" ");

const read = (file: string): Sound => readWav(readFileSync(file), file);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  copyFileSync(path("input.wav"), "in.wav");
  copyFileSync(path("spectrogram.png"), "in.png");
  writeFileSync("text.wav", "this is no sound");
  writeFileSync("empty.wav", "");
  const tiny = (count: number, channels = 1, rate = 8000): Uint8Array =>
    writeWav({ sampleRate: rate, channels: Array.from({ length: channels }, () => new Float32Array(count).fill(0.1)) });
  writeFileSync("one.wav", tiny(1));
  writeFileSync("many.wav", tiny(2000, 32, 192_000));
  writeFileSync("silent.wav", writeWav({ sampleRate: 8000, channels: [new Float32Array(4000)] }));
  writeFileSync("cut.wav", tiny(1000).subarray(0, 500));
  writeFileSync(
    "nan.wav",
    writeWav({ sampleRate: 8000, channels: [new Float32Array(900).fill(Number.NaN)] }, "float32"),
  );
  const photo = { width: 40, height: 30, channels: 3, data: new Uint8Array(3600).fill(99) } as const;
  const wide = { width: 16000, height: 1, channels: 3, data: new Uint8Array(48000) } as const;
  writeFileSync("wide.png", await encodePicture(wide, "png"));
  writeFileSync("photo.png", await encodePicture(photo, "png"));
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

describe("spectrogram", () => {
  it("makes the reference's picture, with its tags", async () => {
    const { code, stdout } = await cli(["spectrogram", "in.wav", "out.png", "--stereo", ...small, "--json"]);
    expect(code).toBe(0);
    const { made } = JSON.parse(stdout) as { made: { output: string; seconds: number; maxValue: number }[] };
    expect(made).toMatchObject([{ input: "in.wav", output: "out.png", seconds: 0.3 }]);
    const [ours, theirs] = [readFileSync("out.png"), readFileSync("in.png")];
    const [a, b] = await Promise.all([decodePicture(ours, "out.png"), decodePicture(theirs, "in.png")]);
    expect(Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i]!)))).toBeLessThanOrEqual(1);
    const [tags, wanted] = [readExif(ours, "out.png"), readExif(theirs, "in.png")];
    expect([...tags.keys()]).toEqual([...wanted.keys()]);
    expect(tags.get(11080)).toBeCloseTo(wanted.get(11080)!, -2);
  });

  it("plays a picture as its tags say, as loud as can be, the same for the same seed", async () => {
    for (const name of ["a.wav", "b.wav"]) await cli(["spectrogram", "in.png", name, "--iterations", "4"]);
    await cli(["spectrogram", "in.png", "c.wav", "--iterations", "4", "--seed", "1", "--float"]);
    const sound = read("a.wav");
    expect([sound.sampleRate, sound.channels.length, durationOf(sound)]).toEqual([8000, 2, 0.3]);
    expect(peakOf(sound)).toBeCloseTo(0.98855, 3);
    expect(readFileSync("b.wav")).toEqual(readFileSync("a.wav"));
    expect(read("c.wav").channels).not.toEqual(sound.channels);
    expect(readFileSync("c.wav").readUInt16LE(20)).toBe(3);
  });

  it("cuts a sound to clips, and goes through a folder both ways", async () => {
    await cli(["spectrogram", "in.wav", "clips", "--clips", "0.1", "--overlap", "0.05", ...small]);
    expect(readdirSync("clips")).toEqual([1, 2, 3, 4, 5].map((i) => `in-${i}.png`));
    mkdirSync("mixed");
    copyFileSync("in.wav", "mixed/a.wav");
    copyFileSync("in.png", "mixed/b.png");
    writeFileSync("mixed/notes.txt", "not for this");
    const { code, stdout } = await cli(["spectrogram", "mixed", "made", "--iterations", "2", ...small]);
    expect([code, stdout]).toEqual([0, "made/a.png, 0.30 s\nmade/b.wav, 0.30 s\n"]);
    expect(readdirSync("made")).toEqual(["a.png", "b.wav"]);
  });

  it("shows and plays silence, and many channels at a high rate", async () => {
    expect((await cli(["spectrogram", "silent.wav", "silent.png", ...small])).code).toBe(0);
    expect((await cli(["spectrogram", "silent.png", "silent-again.wav", "--iterations", "1"])).code).toBe(0);
    expect(peakOf(read("silent-again.wav"))).toBe(0);
    expect(
      (await cli(["spectrogram", "many.wav", "many.png", ...small, "--padded-ms", "20", "--window-ms", "10"])).code,
    ).toBe(0);
  });

  it.each<[string, string, number, RegExp]>([
    ["empty.wav out/x.png", "", 1, /empty\.wav: the file is empty/],
    ["one.wav out/x.png", "", 1, /one\.wav: the sound is 6 samples long, but a spectrogram needs 8821/],
    ["cut.wav out/x.png", "", 1, /cut\.wav: it ends after 456 of 2000 bytes of samples/],
    ["nan.wav out/x.png", "", 1, /nan\.wav: sample 0 of channel 1 is NaN/],
    ["many.wav out/x.png", "--stereo", 1, /many\.wav: the sound has 32 channels/],
    ["photo.png out/x.wav", "", 1, /photo\.png: the picture is 30 pixels high, but a row is due to each of 512 bands/],
    ["wide.png out/x.wav", "--mel-bands 1 --window-ms 9000 --padded-ms 9000", 1, /wide\.png: 16000 frames of /],
    ["gone.wav out/x.png", "", 1, /cannot read gone\.wav: there is no such file/],
    ["in.png out/x.png", "", 2, /out\/x\.png does not end in \.wav, /],
    ["in.wav out/x.jpg", "", 2, /out\/x\.jpg does not end in \.png/],
    ["in.wav out/x.png", "--clips 1", 2, /name a folder for them/],
    ["in.png out/x.wav", "--clips 1", 2, /in\.png is a picture/],
    ["in.wav out", "--clips 9", 1, /in\.wav: the sound is 0\.30 s long, shorter than a clip of 9 s/],
    ["in.wav out/x.png", "--overlap 1", 2, /give their length with --clips/],
    ["in.wav out", "--clips 1 --overlap 1", 2, /--overlap 1 must be less than --clips 1/],
    ["in.wav out/x.png", "--min-frequency 9000 --max-frequency 100", 1, /the frequencies are 9000 to 100 Hz/],
    ["in.wav out/x.png", "--padded-ms 50", 1, /padded-ms is 50, less than window-ms, 100/],
    ["in.wav out/x.png", "--step-ms 0.001", 1, /a step of 0 and a window of 4410 samples are too short/],
    ["in.wav out/x.png", "--power x", 2, /--power must be a number/],
    ["in.wav", "", 2, /name what to read and what to write/],
  ])("says in a line what is wrong: %s %s", async (files, more, code, message) => {
    const ran = await cli(["spectrogram", ...files.split(" "), ...more.split(" ").filter(Boolean)]);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(existsSync("out")).toBe(false);
  });
});
