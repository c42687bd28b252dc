import { existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/errors.ts";
import type { Picture } from "../../src/runtime/host.ts";
import type { Description } from "./captions.ts";
import { columns } from "./clips.ts";
import { parameters } from "./parameters.ts";
import type { Split } from "./splits.ts";

/** What a chunk's JSON file says of each of its clips. */
export interface ClipRecord extends Description {
  /** Which loop of the seed, and the bar that the clip begins with. */
  readonly loop: number;
  readonly bar: number;
  readonly split: Split;
}

export interface Entry extends ClipRecord {
  readonly chunk: number;
  /** Place in the chunk, in clips. */
  readonly place: number;
}

export interface MusicCorpus {
  readonly entries: readonly Entry[];
  /** Spectrogram of an entry, 512 × 128, grey. */
  picture(entry: Entry): Picture;
}

/** Loops that are played at once and written to one pair of files. */
export const loopsPerChunk = 64;

const [width, height] = [columns, parameters.melBands];
export const pixelsPerClip = width * height;

const nameOf = (chunk: number, ending: "json" | "u8"): string => `${String(chunk).padStart(5, "0")}.${ending}`;
export const recordsFile = (folder: string, chunk: number): string => join(folder, nameOf(chunk, "json"));
export const picturesFile = (folder: string, chunk: number): string => join(folder, nameOf(chunk, "u8"));

/** Chunks that are there, without a gap. */
export function chunkCount(folder: string): number {
  const names = new Set(existsSync(folder) ? readdirSync(folder) : []);
  let count = 0;
  while (names.has(nameOf(count, "json"))) count++;
  return count;
}

/**
 * Opens what of a rendered corpus belongs to some splits. Pictures are read when they are asked for. Throws a UserError
 * when there are none.
 */
export function openMusic(folder: string, splits: readonly Split[]): MusicCorpus {
  const entries = Array.from({ length: chunkCount(folder) }, (_, chunk) => {
    const records = JSON.parse(readFileSync(recordsFile(folder, chunk), "utf8")) as ClipRecord[];
    return records.map((record, place) => ({ ...record, chunk, place }));
  })
    .flat()
    .filter(({ split }) => splits.includes(split));
  if (entries.length === 0)
    throw new UserError(`${folder} holds no music: run npx tsx tools/music/render.ts ${folder}`);
  const files = new Map<number, number>();
  return {
    entries,
    picture({ chunk, place }) {
      const file = files.get(chunk) ?? openSync(picturesFile(folder, chunk), "r");
      files.set(chunk, file);
      const grey = new Uint8Array(pixelsPerClip);
      readSync(file, grey, 0, grey.length, place * grey.length);
      const data = new Uint8Array(3 * grey.length);
      for (let i = 0; i < data.length; i++) data[i] = grey[Math.floor(i / 3)]!;
      return { width, height, channels: 3, data };
    },
  };
}
