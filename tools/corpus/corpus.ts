import { openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/errors.ts";
import { allHands, type Hand } from "./hands.ts";
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
  /** Edge of the square pictures in pixels. */
  readonly size: number;
  /** The pictures of the chosen subset. */
  readonly entries: readonly Entry[];
  readonly byHand: ReadonlyMap<Hand, readonly Entry[]>;
  /** By the label of the thing, which every hand may draw, in Unicode's order. */
  readonly byThing: ReadonlyMap<string, readonly Entry[]>;
  /** An entry's picture as premultiplied RGBA, size × size. */
  pixels(entry: Entry): Uint8Array;
}

export const picturesFile = "pictures.rgba";
export const indexFile = "index.json";

/** What the named subset may use of a corpus, in the order of the raw file. */
export const entriesOf = ({ things, pictures }: CorpusIndex, subset: Subset): Entry[] =>
  pictures
    .map(([thing, hand, split], index) => ({ index, thing: things[thing]!, hand, split }))
    .filter(({ split }) => subsets[subset].includes(split));

export function corpusOf(index: CorpusIndex, subset: Subset, pixels: Corpus["pixels"]): Corpus {
  const entries = entriesOf(index, subset);
  const byHand = new Map(allHands.map(({ name }) => [name, entries.filter(({ hand }) => hand === name)] as const));
  const byThing = new Map<string, Entry[]>(index.things.map(({ label }) => [label, []]));
  for (const entry of entries) byThing.get(entry.thing.label)!.push(entry);
  for (const [label, drawn] of byThing) if (drawn.length === 0) byThing.delete(label);
  return { size: index.size, entries, byHand, byThing, pixels };
}

/**
 * Opens a rendered corpus; pictures are read when they are asked for, and kept by the operating system's file cache, so
 * that threads share them. Throws UserError when the folder has none.
 */
export function openCorpus(folder: string, subset: Subset): Corpus {
  const index = readIndex(folder);
  const path = join(folder, picturesFile);
  const bytes = index.size * index.size * 4;
  if (statSync(path, { throwIfNoEntry: false })?.size !== index.pictures.length * bytes)
    throw new UserError(`${path} does not fit ${indexFile} beside it: run npx tsx tools/corpus/render.ts ${folder}`);
  const file = openSync(path, "r");
  return corpusOf(index, subset, (entry) => {
    const pixels = new Uint8Array(bytes);
    readSync(file, pixels, 0, bytes, entry.index * bytes);
    return pixels;
  });
}

/** Reads index.json alone. Throws UserError when the folder has none. */
export function readIndex(folder: string): CorpusIndex {
  try {
    return JSON.parse(readFileSync(join(folder, indexFile), "utf8")) as CorpusIndex;
  } catch {
    throw new UserError(`${folder} holds no rendered corpus: run npx tsx tools/corpus/render.ts ${folder}`);
  }
}
