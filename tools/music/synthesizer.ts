import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../src/errors.ts";

/** Where Debian's package fluid-soundfont-gm puts FluidR3 GM. */
const soundFont = "/usr/share/sounds/sf2/FluidR3_GM.sf2";

const install = "install them: apt-get install --no-install-recommends fluidsynth fluid-soundfont-gm";

export const sampleRate = 44100;

/** So quiet that bands of four with all their voices do not clip. */
const gain = 0.35;

/** A part of what is played, in samples. */
export interface Cut {
  readonly from: number;
  readonly count: number;
}

/**
 * Parts of a MIDI file as fluidsynth plays it with FluidR3 GM: one channel, full scale ±1. Throws a UserError where either
 * is missing.
 */
export async function synthesize(midi: Uint8Array, cuts: readonly Cut[]): Promise<Float32Array[]> {
  if (!existsSync(soundFont)) throw new UserError(`there is no ${soundFont}; ${install}`);
  const folder = await mkdtemp(join(tmpdir(), "music-"));
  const [score, sound] = [join(folder, "score.mid"), join(folder, "sound.raw")];
  try {
    await writeFile(score, midi);
    const settings = ["synth.reverb.active=1", "synth.chorus.active=0", ...format].flatMap((one) => ["-o", one]);
    await promisify(execFile)("fluidsynth", ["-niq", "-g", String(gain), ...settings, "-F", sound, soundFont, score]);
    const file = await open(sound);
    const parts = await Promise.all(cuts.map((cut) => readCut(file, cut))).finally(() => file.close());
    return parts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new UserError(`there is no fluidsynth; ${install}`);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const format = [
  "audio.file.type=raw",
  "audio.file.format=s16",
  "audio.file.endian=little",
  `synth.sample-rate=${sampleRate}`,
];

/** The mean of left and right; silence after the end. */
async function readCut(file: FileHandle, { from, count }: Cut): Promise<Float32Array> {
  const stereo = new Int16Array(2 * count);
  await file.read(stereo, 0, stereo.byteLength, 4 * from);
  const mono = new Float32Array(count);
  for (let i = 0; i < count; i++) mono[i] = (stereo[2 * i]! + stereo[2 * i + 1]!) / 65536;
  return mono;
}
