import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomMusicModel } from "../../../tests/support/tiny-music.ts";
import { loudnessOf } from "../../audio/loudness.ts";
import { lengthOf, peakOf, type Sound } from "../../audio/sound.ts";
import { nodeHost } from "../../host/node.ts";
import { normal } from "../../random/philox.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { compose } from "./compose.ts";
import { type MusicModel, musicModel } from "./form.ts";
import { type Composed, type ComposeRequest, columnsPerBeat, extentOf } from "./request.ts";

let folder: string;
let music: MusicModel;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "music-"));
  await writeRandomMusicModel(folder);
  music = await musicModel(nodeHost(), await DiffusionModel.open(nodeHost(), folder));
});
afterAll(async () => {
  await music.model.close();
  rmSync(folder, { recursive: true });
});

async function composed(request: Partial<ComposeRequest>): Promise<Composed> {
  const run = compose(music, { prompts: ["a bear"], seed: 3, steps: 2, iterations: 3, ...request });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}

const noise = (seconds: number): Sound => ({
  sampleRate: 8000,
  channels: [normal(5, 0, 8000 * seconds).map((value) => value / 10)],
});

describe("compose", () => {
  it("makes the model's clip, or as many seconds as asked for, to the sample, and never clips", async () => {
    const clip = await composed({});
    expect([clip.picture.width, clip.picture.height, lengthOf(clip.sound)]).toEqual([64, 32, 63 * 160]);
    expect(peakOf(clip.sound)).toBeLessThan(1);
    expect(loudnessOf(clip.sound)).toBeLessThanOrEqual(-13.99);
    const long = await composed({ seconds: 2.5 });
    expect([long.picture.width, lengthOf(long.sound)]).toEqual([128, 20_000]);
    expect(lengthOf((await composed({ seconds: 0.5 })).sound)).toBe(4000);
    expect(await composed({ seconds: 2.5 })).toEqual(long);
  });

  it("makes loops of whole bars that say their tempo", async () => {
    const { sound, settings, picture } = await composed({ bpm: 130 });
    expect(lengthOf(sound)).toBe(Math.round((240 / 130) * 8000));
    expect(picture.width).toBe(96);
    expect(settings.more?.get("BPM")).toBe("130");
    const extent = extentOf(music, { prompts: ["a bear"], seed: 3, bpm: 130 });
    expect(columnsPerBeat(130, music.form.parameters, extent)).toBe(96 / 4);
    expect(await composed({ bpm: 130, prompts: ["a bear, 130 bpm"] })).toMatchObject({ sound, picture });
    const [first, last] = [sound.channels[0]![0]!, sound.channels[0]!.at(-1)!];
    const steps = sound.channels[0]!.slice(1).map((value, i) => Math.abs(value - sound.channels[0]![i]!));
    expect(Math.abs(first - last)).toBeLessThan(Math.max(...steps));
  });

  it("accents the beats of a tempo, and nothing without one", async () => {
    const { sound, picture, settings } = await composed({ prompts: ["a bear, 150 bpm"] });
    expect(settings.more?.has("Beat")).toBe(false);
    const free = await composed({ prompts: ["a bear, 150 bpm"], beat: 0 });
    expect(free.picture.data).not.toEqual(picture.data);
    expect(free.settings.more?.get("Beat")).toBe("0");
    expect((await composed({ prompts: ["a bear, 150 bpm"], beat: 1 })).sound).toEqual(sound);
    expect((await composed({ beat: 2 })).sound).toEqual((await composed({ beat: 0 })).sound);
    const init = { sound: noise(1.2), strength: 0.8 };
    const over = { prompts: ["a bear, 150 bpm"], init };
    expect((await composed({ ...over, beat: 2 })).sound).toEqual((await composed({ ...over, beat: 0 })).sound);
  });

  it("goes from prompt to prompt: at the ends it is what each prompt makes", async () => {
    const request = { prompts: ["a bear", "an apple"], seconds: 2.5, seed: 3 };
    expect(extentOf(music, request)).toEqual({ samples: 20_000, columns: 128, clip: 64, loop: false });
    const { picture, settings } = await composed(request);
    expect(picture.width).toBe(128);
    expect(settings.more?.get("To 1")).toBe("an apple");
    const same = await composed({ ...request, prompts: ["a bear", "a bear"] });
    expect(same.picture.data).not.toEqual(picture.data);
  });

  it("keeps a sound to the sample where the mask does, and all of it at strength 0", async () => {
    const sound = noise(1.2);
    const init = { sound, strength: 0.8, anew: [{ from: 0.4, to: 0.8 }] };
    const { sound: made } = await composed({ init });
    const gain = made.channels[0]![100]! / sound.channels[0]![100]!;
    const apart = (from: number, to: number): number => {
      let most = 0;
      for (let i = from; i < to; i++)
        most = Math.max(most, Math.abs(made.channels[0]![i]! / gain - sound.channels[0]![i]!));
      return most;
    };
    expect(lengthOf(made)).toBe(lengthOf(sound));
    expect(apart(0, 3000)).toBeLessThan(1e-5);
    expect(apart(6600, 9600)).toBeLessThan(1e-5);
    expect(apart(4000, 6000)).toBeGreaterThan(0.02);
  });

  it("makes two channels that differ a little", async () => {
    const { sound, picture, parameters } = await composed({ stereo: true, steps: 8 });
    expect([sound.channels.length, parameters.stereo]).toEqual([2, true]);
    expect(picture.data.filter((_, i) => i % 3 === 0).every((red) => red === 0)).toBe(true);
    expect(sound.channels[0]).not.toEqual(sound.channels[1]);
  });

  it.each([
    [{ seconds: 0 }, "0 seconds cannot be composed"],
    [{ bpm: 5 }, "5 bpm is not a tempo"],
    [{ beat: 3 }, "a beat of 3 is not from 0 to 2"],
    [{ prompts: [] }, "there is no prompt"],
    [{ init: { sound: noise(1) }, seconds: 2 }, "the sound to start from lasts 1.00 s, less than the 2 s asked for"],
    [{ init: { sound: noise(1) }, prompts: ["a", "b"] }, "goes with one prompt"],
    [{ init: { sound: noise(1), anew: [{ from: 3, to: 4 }] } }, "3-4 is no part of a sound of 1.00 s"],
    [{ init: { sound: { sampleRate: 8000, channels: [new Float32Array(8000)] } } }, "is silent; choose another"],
  ])("refuses %j", async (request, message) => {
    await expect(composed(request)).rejects.toThrow(message);
  });

  it("stops between steps", async () => {
    const stop = new AbortController();
    const run = compose(music, { prompts: ["a"], seed: 1, steps: 4 }, { signal: stop.signal });
    await run.next();
    stop.abort();
    await expect(run.next()).rejects.toThrow("abort");
  });
});
