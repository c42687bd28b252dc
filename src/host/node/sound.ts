import { extname } from "node:path";
import type { Sound } from "../../audio/sound.ts";
import { isWav, readWav } from "../../audio/wav.ts";
import { type WavFormat, writeWav } from "../../audio/wav-write.ts";
import { UsageError, UserError } from "../../errors.ts";
import { readSound as readByFFmpeg } from "./ffmpeg/read-sound.ts";
import { soundEndings as endingsByFFmpeg, writeSound as writeByFFmpeg } from "./ffmpeg/write-sound.ts";
import { openFile, writeFile } from "./files.ts";

/** Bytes of the largest WAV file that is read: three hours in stereo. */
const mostBytes = 2 ** 31;

/** Endings of the files that `writeSound` writes. */
export const soundEndings: readonly string[] = [".wav", ...endingsByFFmpeg];

/** The sound in a file: WAV, or with the optional package node-av any format that FFmpeg knows. */
export async function readSound(path: string): Promise<Sound> {
  const source = await openFile(path);
  if (source.size === 0) throw new UserError(`${path}: the file is empty; choose a sound`);
  if (!isWav(await source.read(0, Math.min(12, source.size)))) return readByFFmpeg(path);
  if (source.size > mostBytes) throw new UserError(`${path} has more than 2 GB; cut it first`);
  return readWav(await source.read(0, source.size), path);
}

export interface SoundFileOptions {
  /** Of WAV files. */
  readonly format?: WavFormat;
  /** How it was made, which the file says. */
  readonly comment?: string;
}

/** Writes a sound whole or not at all, in the format that the name's ending tells: WAV, others by FFmpeg. */
export async function writeSound(
  path: string,
  sound: Sound,
  { format, comment }: SoundFileOptions = {},
): Promise<void> {
  const ending = extname(path).toLowerCase();
  if (ending === ".wav")
    return writeFile(path, [writeWav(sound, format, comment === undefined ? {} : { ICMT: comment })]);
  if (endingsByFFmpeg.includes(ending)) return writeByFFmpeg(path, sound, comment === undefined ? {} : { comment });
  throw new UsageError(`${path} does not end in ${soundEndings.join(", ")}, which decide the format`);
}
