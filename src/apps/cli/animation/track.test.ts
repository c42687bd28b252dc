import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSound } from "../../../host/node/sound.ts";
import type { AnimateRequest } from "../../../pipelines/animate/request.ts";
import { parseOptions } from "../options.ts";
import { options } from "./options.ts";
import { readCamera } from "./request.ts";
import { readTrack } from "./track.ts";

const folder = mkdtempSync(join(tmpdir(), "track-"));
const file = join(folder, "clicks.wav");
beforeAll(() => {
  const samples = new Float32Array(2 * 8000);
  for (const second of [0.5, 1.5]) samples.set([0.9, -0.9, 0.8, -0.5], second * 8000);
  return writeSound(file, { sampleRate: 8000, channels: [samples, samples] });
});
afterAll(() => rmSync(folder, { recursive: true }));

const request: AnimateRequest = { ends: [{ seed: 1 }, { seed: 1 }] };

const values = (...args: string[]) => parseOptions(args, options).values;
const track = (changes: Partial<AnimateRequest>, ...args: string[]) =>
  readTrack(values(...args), { ...request, ...changes }, 10);

describe("--audio", () => {
  it("moves as many frames as the track lasts, at its beats", async () => {
    const { movement, sound } = (await track({}, "--audio", file))!;
    expect(movement).toHaveLength(20);
    expect(sound.channels).toHaveLength(2);
    expect(movement[4]).toBeLessThan(0.1);
    expect(Math.abs(movement[10]! - 0.5)).toBeLessThan(0.1);
    expect(movement[19]).toBe(1);
    expect((await track({ between: 4 }, "--audio", file))?.movement).toHaveLength(5);
  });

  it("moves as many as are asked for, from where it starts", async () => {
    const { movement, sound } = (await track({ frames: 9 }, "--audio", file, "--audio-start", "1"))!;
    expect(movement).toHaveLength(9);
    expect(sound.channels[0]).toHaveLength(8000);
    expect(movement[4]).toBeLessThan(0.1);
    const ends = [...request.ends, { seed: 1 }];
    expect((await track({ ends, frames: 9, playback: "loop" }, "--audio", file))?.movement).toHaveLength(25);
  });

  it("is smoothed", async () => {
    const { movement } = (await track({ frames: 11 }, "--audio", file, "--audio-smooth", "1"))!;
    for (const [k, share] of movement.entries()) expect(share).toBeCloseTo(k / 10, 12);
  });

  it.each([
    [["--audio-start", "2"], "--audio-start goes with --audio, which is missing"],
    [["--audio-smooth", "0.5"], "--audio-smooth goes with --audio, which is missing"],
    [["--audio", "x", "--ping-pong"], "--audio moves the picture: leave out --easing, --ping-pong"],
    [["--audio", "missing.wav"], "cannot read missing.wav: there is no such file"],
    [["--audio", file, "--audio-start", "3"], "the sound lasts 2.0 s: it cannot start at 3 s"],
    [["--audio", file, "--audio-smooth", "2"], "--audio-smooth must be a number from 0 to 1"],
  ])("says what is wrong with %j", async (args, message) => {
    await expect(track({}, ...args)).rejects.toThrow(message);
  });
});

describe("--camera", () => {
  it("has strength and border", () => {
    const camera = readCamera(values("--camera", "zoom 2", "--strength", "0.3", "--border", "wrap"), request);
    expect(camera).toEqual({ ...request, camera: "zoom 2", strength: 0.3, border: "wrap" });
    expect(readCamera(values(), request)).toBeUndefined();
  });

  it.each([
    [["--strength", "0.3"], "--strength goes with --camera, which is missing"],
    [["--border", "wrap"], "--border goes with --camera, which is missing"],
    [["--camera", "x 1", "--border", "up"], '--border is "up", but must be one of replicate, wrap, reflect'],
  ])("says what is wrong with %j", (args, message) => {
    expect(() => readCamera(values(...args), request)).toThrow(message);
  });
});
