import { describe, expect, test } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import type { Sound } from "../../audio/sound.ts";
import { dataConfig, openExamples, shapeOf } from "./config.ts";

const rate = 4000;
const spectrogram = {
  sampleRate: rate,
  melBands: 16,
  maxFrequency: 2000,
  stepMs: 20,
  windowMs: 40,
  paddedMs: 80,
  columns: 24,
};
const config = (more: object = {}) => dataConfig({ kind: "music", folder: "f", spectrogram, ...more }, "data");

/** A tone that begins to sound in the middle, of so many seconds. */
const tone = (hertz: number, seconds = 1, sampleRate = rate): Sound => ({
  sampleRate,
  channels: [
    Float32Array.from({ length: seconds * sampleRate }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / sampleRate)),
  ],
});

const open = (files: Record<string, string>, sounds: Record<string, Sound>, more: object = {}) =>
  openExamples(config(more), {
    host: testHost(files),
    seed: 3,
    load: () => Promise.reject(new Error("no module")),
    readSound: async (path) => sounds[path]!,
  });

const files = { "f/a.wav": "", "f/a.txt": "low\n", "f/b.MP3": "", "f/b.txt": "high" };
const sounds = { "f/a.wav": tone(200), "f/b.MP3": tone(1200, 1, 8000) };

/** The row that is darkest, from the top. */
const darkest = ({ width, height, data }: { width: number; height: number; data: Uint8Array }): number => {
  const rows = Array.from({ length: height }, (_, y) =>
    data.slice(3 * y * width, 3 * (y + 1) * width).reduce((a, b) => a + b),
  );
  return rows.indexOf(Math.min(...rows));
};

describe("music with captions", () => {
  test("becomes pictures of spectra, at the rate that is wanted", async () => {
    const examples = await open(files, sounds);
    const made = await Promise.all([0, 1, 2, 3].map((i) => examples.example(i)));
    for (const { picture, caption } of made) {
      expect([picture.width, picture.height]).toEqual([24, 16]);
      expect(darkest(picture)).toBe(caption === "low" ? 13 : 3);
    }
    expect(made.map(({ caption }) => caption).sort()).toEqual(["high", "high", "low", "low"]);
    expect(shapeOf(config())).toEqual({ width: 24, height: 16 });
    expect(await examples.example(2)).toEqual(await (await open(files, sounds)).example(2));
  });

  test("cuts windows where asked, and writes measured tempo and key into captions", async () => {
    const beats: Sound = {
      sampleRate: rate,
      channels: [tone(220, 8).channels[0]!.map((x, i) => ((i / rate) % 0.5 < 0.1 ? x : 0))],
    };
    const examples = await open(
      { "f/a.wav": "", "f/metadata.jsonl": '{"file_name":"a.wav","text":"clicks"}' },
      { "f/a.wav": beats },
      { crop: 8, tempo: true, key: true },
    );
    const { picture, caption } = await examples.example(0);
    expect([picture.width, picture.height]).toEqual([8, 8]);
    expect(caption).toMatch(/^clicks, (119|120|121) bpm/);
  });

  test.each([
    [{}, {}, "f holds no sounds"],
    [{ "f/a.wav": "" }, {}, "f holds no captions; write a .txt beside each sound"],
    [{ "f/a.wav": "", "f/b.ogg": "", "f/b.txt": "b" }, {}, "f/a.wav has no caption; write one to a.txt"],
    [files, { ...sounds, "f/a.wav": tone(0) }, "f/a.wav is silent; leave it out"],
    [files, { ...sounds, "f/a.wav": tone(200, 0.25) }, "f/a.wav is 0.25 s long, shorter than a clip of 0.46 s"],
  ])("refuses %j", async (files, sounds, message) => {
    const drawing = async () => {
      const examples = await open(files, sounds);
      await Promise.all([0, 1].map((i) => examples.example(i)));
    };
    await expect(drawing()).rejects.toThrow(message);
  });

  test("refuses spectra that cannot be", () => {
    expect(() => config({ spectrogram: { melBands: 0 } })).toThrow("data: spectrogram: mel-bands is 0");
    expect(() => config({ spectrogram: { bands: 8 } })).toThrow('data: spectrogram: unknown field "bands"');
  });
});
