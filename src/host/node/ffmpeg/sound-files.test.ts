import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../../errors.ts";
import { loadFFmpeg } from "./load.ts";
import { readSound } from "./read-sound.ts";
import { writeSound } from "./write-sound.ts";

const folder = mkdtempSync(join(tmpdir(), "sound-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tone = (hertz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** Energy of a channel at a frequency, beside all of its energy. */
function shareAt(hertz: number, samples: Float32Array, rate: number): number {
  let [re, im, all] = [0, 0, 0];
  for (const [i, value] of samples.entries()) {
    const angle = (2 * Math.PI * hertz * i) / rate;
    re += value * Math.cos(angle);
    im += value * Math.sin(angle);
    all += value * value;
  }
  return (2 * (re * re + im * im)) / (samples.length * all);
}

describe("sound files by FFmpeg", () => {
  it.each([
    [".mp3", 44_100, 44_100],
    [".flac", 44_100, 44_100],
    [".ogg", 22_050, 22_050],
    [".m4a", 48_000, 48_000],
    [".mp3", 96_000, 48_000],
    [".m4a", 192_000, 96_000],
  ])("%s keeps length, channels and tones of %i Hz", async (ending, rate, kept) => {
    const path = join(folder, `tone${ending}`);
    await writeSound(path, { sampleRate: rate, channels: [tone(440, rate, 1), tone(660, rate, 1)] });
    const { sampleRate, channels } = await readSound(path);
    expect(sampleRate).toBe(kept);
    expect(channels.map(({ length }) => length)).toEqual([kept, kept]);
    expect(shareAt(440, channels[0]!, kept)).toBeGreaterThan(0.98);
    expect(shareAt(660, channels[1]!, kept)).toBeGreaterThan(0.98);
  });

  it("FLAC keeps 16 bits", async () => {
    const path = join(folder, "exact.flac");
    const samples = Float32Array.from({ length: 5000 }, (_, i) => (((i * 7919) % 65_536) - 32_768) / 32_768);
    await writeSound(path, { sampleRate: 8000, channels: [samples] });
    expect((await readSound(path)).channels).toEqual([samples]);
  });

  it("mixes many channels to two", async () => {
    const path = join(folder, "many.flac");
    const channels = Array.from({ length: 6 }, () => tone(440, 8000, 1));
    await writeSound(path, { sampleRate: 8000, channels });
    expect((await readSound(path)).channels).toHaveLength(2);
  });

  it("says what is no sound", async () => {
    const text = join(folder, "text.mp3");
    writeFileSync(text, "no sound at all ".repeat(1000));
    await expect(readSound(text)).rejects.toThrow(/text\.mp3 (is no sound in a format|holds no sound)/);
    await expect(readSound(join(folder, "missing.mp3"))).rejects.toThrow("there is no such file");
    await expect(writeSound(join(folder, "a.aiff"), { sampleRate: 8000, channels: [] })).rejects.toThrow(
      "a.aiff does not end in .mp3, .flac, .ogg, .m4a",
    );
    expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
  });
});

describe("without node-av", () => {
  afterEach(() => vi.doUnmock("node-av/lib"));

  it("says how to add it", async () => {
    vi.doMock("node-av/lib", () => {
      throw new Error("Cannot find package");
    });
    const error = await loadFFmpeg("writing a.mp4").catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toBe("writing a.mp4 needs FFmpeg: npm install node-av");
  });
});
