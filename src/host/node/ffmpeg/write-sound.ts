import { extname } from "node:path";
import { durationOf, type Sound } from "../../../audio/sound.ts";
import { UsageError } from "../../../errors.ts";
import { startFile } from "../files.ts";
import { loadFFmpeg } from "./load.ts";
import { Muxer } from "./muxer.ts";
import { type SoundCodec, SoundStream } from "./sound-stream.ts";

interface SoundFormat extends SoundCodec {
  /** FFmpeg's name of it. */
  readonly format: string;
  readonly header?: Readonly<Record<string, string>>;
}

const formats: Readonly<Record<string, SoundFormat>> = {
  ".mp3": { format: "mp3", codec: "libmp3lame", bitRate: 256_000 },
  ".flac": { format: "flac", codec: "flac" },
  // A sound on a single page would begin or end at the wrong sample.
  ".ogg": { format: "ogg", codec: "libvorbis", quality: 6, header: { page_duration: "100000" } },
  ".m4a": { format: "ipod", codec: "aac", bitRate: 192_000 },
};

/** Endings of the files that `writeSound` writes. */
export const soundEndings: readonly string[] = Object.keys(formats);

/** Writes a file in the format that its ending names; of more than two channels a mixture in two. */
export async function writeSound(
  path: string,
  sound: Sound,
  tags: Readonly<Record<string, string>> = {},
): Promise<void> {
  const known = formats[extname(path).toLowerCase()];
  if (!known) throw new UsageError(`${path} does not end in ${soundEndings.join(", ")}, which decide the format`);
  const ffmpeg = await loadFFmpeg(`writing ${path}`);
  const file = await startFile(path);
  const muxer = new Muxer(ffmpeg, file.path, path, known.format, tags);
  try {
    const stream = await SoundStream.add(muxer, sound, known);
    await muxer.start(known.header ?? {});
    await stream.until(durationOf(sound));
    await stream.finish();
    await muxer.finish();
    await file.finish();
  } catch (error) {
    await muxer.free();
    await file.discard();
    throw error;
  }
}
