import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../src/errors.ts";
import { type Hand, hands } from "./hands.ts";
import { type Split, type Subset, subsets } from "./splits.ts";
import type { Thing } from "./things.ts";

/** One hand's picture of one thing. */
export interface Entry {
  /** Place in the raw file, in pictures. */
  readonly index: number;
  readonly thing: Omit<Thing, "slugs">;
  readonly hand: Hand;
  readonly split: Split;
}

/** The file index.json of a rendered corpus. */
export interface CorpusIndex {
  /** Edge of the square pictures in pixels. */
  readonly size: number;
  readonly things: readonly Omit<Thing, "slugs">[];
  /** In the order of the raw file: thing's number, hand, split. */
  readonly pictures: readonly (readonly [thing: number, hand: Hand, split: Split])[];
}

export interface Corpus {
  readonly size: number;
  /** The pictures of the chosen subset. */
  readonly entries: readonly Entry[];
  readonly byHand: ReadonlyMap<Hand, readonly Entry[]>;
  /** Every picture as premultiplied RGBA, size × size, one after the other; may be shared between threads. */
  readonly pixels: Uint8Array;
}

export const picturesFile = "pictures.rgba";
export const indexFile = "index.json";

/** The pixels of one entry, premultiplied RGBA. */
export const pixelsOf = ({ pixels, size }: Corpus, { index }: Entry): Uint8Array =>
  pixels.subarray(index * size * size * 4, (index + 1) * size * size * 4);

/** What the named subset may use of a corpus, in the order of the raw file. */
export const entriesOf = ({ things, pictures }: CorpusIndex, subset: Subset): Entry[] =>
  pictures
    .map(([thing, hand, split], index) => ({ index, thing: things[thing]!, hand, split }))
    .filter(({ split }) => subsets[subset].includes(split));

export function corpusOf(index: CorpusIndex, subset: Subset, pixels: Uint8Array): Corpus {
  const entries = entriesOf(index, subset);
  const byHand = new Map<Hand, Entry[]>();
  for (const { name } of hands)
    byHand.set(
      name,
      entries.filter(({ hand }) => hand === name),
    );
  return { size: index.size, entries, byHand, pixels };
}

/** Reads a rendered corpus into shared memory. Throws UserError when the folder has none. */
export async function readCorpus(folder: string, subset: Subset): Promise<Corpus> {
  const index = await readIndex(folder);
  const path = join(folder, picturesFile);
  const file = await open(path);
  try {
    const bytes = index.pictures.length * index.size * index.size * 4;
    const pixels = new Uint8Array(new SharedArrayBuffer(bytes));
    const { size } = await file.stat();
    if (size !== bytes) throw new UserError(`${path} has ${size} bytes but index.json says ${bytes}: render it again`);
    for (let at = 0; at < bytes; ) at += (await file.read(pixels, at, Math.min(bytes - at, 2 ** 26), at)).bytesRead;
    return corpusOf(index, subset, pixels);
  } finally {
    await file.close();
  }
}

/** Reads index.json alone. Throws UserError when the folder has none. */
export async function readIndex(folder: string): Promise<CorpusIndex> {
  try {
    return JSON.parse(await readFile(join(folder, indexFile), "utf8")) as CorpusIndex;
  } catch {
    throw new UserError(`${folder} holds no rendered corpus: run npx tsx tools/corpus/render.ts ${folder}`);
  }
}
