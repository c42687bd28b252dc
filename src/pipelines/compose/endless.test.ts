import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { writeRandomMusicModel } from "../../../tests/support/tiny-music.ts";
import { lengthOf, peakOf } from "../../audio/sound.ts";
import { nodeHost } from "../../host/node.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { playEndlessly, type Stretch } from "./endless.ts";
import { type MusicModel, musicModel } from "./form.ts";

let folder: string;
let music: MusicModel;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "endless-"));
  await writeRandomMusicModel(folder);
  music = await musicModel(nodeHost(), await DiffusionModel.open(nodeHost(), folder));
});
afterAll(async () => {
  await music.model.close();
  rmSync(folder, { recursive: true });
});

const request = { prompts: ["a bear", "an apple"], seed: 1, steps: 1, iterations: 2, clips: 2 };

async function first(count: number, more: object = {}): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  for await (const stretch of playEndlessly(music, { ...request, ...more })) {
    stretches.push(stretch);
    if (stretches.length === count) break;
  }
  return stretches;
}

it("goes from prompt to prompt and around, in stretches of one length that are never clipped", async () => {
  const stretches = await first(5);
  expect(stretches.map(({ from, to, alpha }) => [from, to, alpha])).toEqual([
    ["a bear", "an apple", 0],
    ["a bear", "an apple", 0.5],
    ["an apple", "a bear", 0],
    ["an apple", "a bear", 0.5],
    ["a bear", "an apple", 0],
  ]);
  for (const { sound } of stretches) {
    expect(lengthOf(sound)).toBe(lengthOf(stretches[0]!.sound));
    expect(peakOf(sound)).toBeLessThan(1);
  }
  // The same prompt later has another noise.
  expect(stretches[4]!.sound).not.toEqual(stretches[0]!.sound);
});

it("goes on without a gap: no step between stretches is larger than those within", async () => {
  const samples = (await first(4)).map(({ sound }) => sound.channels[0]!);
  const steps = samples.flatMap((part) => Array.from(part.slice(1), (value, i) => Math.abs(value - part[i]!)));
  const most = steps.reduce((a, b) => Math.max(a, b));
  for (let k = 1; k < samples.length; k++)
    expect(Math.abs(samples[k]![0]! - samples[k - 1]!.at(-1)!)).toBeLessThan(most);
});

it("brings whole bars of a tempo", async () => {
  const [{ sound }] = (await first(1, { bpm: 240 })) as [Stretch];
  expect(lengthOf(sound)).toBe(8000);
});

it("composes no more than is ahead of the listener, and stops", async () => {
  let pauses = 0;
  const pause = async (): Promise<void> => void pauses++;
  const playing = playEndlessly(music, request, { ahead: 1, pause });
  await playing.next();
  // Two turns of the search for phases each: of the one that was taken, and of the one ahead.
  const settles = async (turns: number): Promise<void> => {
    await vi.waitFor(() => expect(pauses).toBe(turns), { timeout: 30_000 });
    await new Promise((done) => setTimeout(done, 200));
    expect(pauses).toBe(turns);
  };
  await settles(4);
  await playing.next();
  await settles(6);
  await playing.return();
});
