import { UserError } from "../../errors.ts";
import type { ResizeMode } from "../../image/frame.ts";
import type { FetchOptions } from "../../runtime/web-pictures.ts";

/** Which pairs are the same before anything is downloaded: those of one URL, of one URL and caption, or of one caption. */
export type Unique = "url" | "pair" | "text" | "none";

export const uniques: readonly Unique[] = ["url", "pair", "text", "none"];

/** What decides the outcome: all of it is kept in OUT/curation.json. */
export interface CurateOptions {
  /** Files and folders, by their whole paths. */
  readonly inputs: readonly string[];
  /** Columns of lists; without a name they are found by those that data sets use. */
  readonly urlColumn: string | undefined;
  readonly captionColumn: string | undefined;
  readonly unique: Unique;
  /** Characters of the shortest caption. */
  readonly minCaption: number;
  /** Pixels of the shorter side. */
  readonly minSize: number;
  /** Bytes of the smallest file. */
  readonly minBytes: number;
  /** Longer side by shorter side. */
  readonly maxAspect: number;
  readonly resize: ResizeMode;
  /** Pixels of a side, as the mode says. */
  readonly size: number;
  readonly format: "jpg" | "png" | "webp";
  /** Cosine of picture and caption. */
  readonly minSimilarity: number;
  /** Bits by which the perceptual hashes of near-duplicates differ at most; undefined looks for none. */
  readonly near: number | undefined;
  /** Files of linear heads, and what they decide: without a bound a score is only noted. */
  readonly aesthetic: string | undefined;
  readonly minAesthetic: number | undefined;
  readonly safety: string | undefined;
  readonly maxUnsafe: number | undefined;
  /** Pairs of a shard. */
  readonly shardSize: number;
  /** The CLIP that measures. */
  readonly model: { readonly name: string; readonly digest: string };
}

export const fetchDefaults: FetchOptions = {
  inFlight: 256,
  timeout: 10,
  retries: 2,
  mostBytes: 20 * 2 ** 20,
  allowPrivate: false,
};

/** All but what has to be said. Captions of five characters and a cosine of 0.28 are LAION's. */
export const curateDefaults: Omit<CurateOptions, "inputs" | "model"> = {
  urlColumn: undefined,
  captionColumn: undefined,
  unique: "url",
  minCaption: 5,
  minSize: 32,
  minBytes: 0,
  maxAspect: 4,
  resize: "keep_ratio",
  size: 256,
  format: "jpg",
  minSimilarity: 0.28,
  near: 4,
  aesthetic: undefined,
  minAesthetic: undefined,
  safety: undefined,
  maxUnsafe: undefined,
  shardSize: 1000,
};

/** Names of options that differ, as messages call them. */
export function differences(before: CurateOptions, now: CurateOptions): string[] {
  const names = Object.keys({ ...before, ...now }) as (keyof CurateOptions)[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
}

/** Throws a UserError where options contradict each other. */
export function checkOptions({ aesthetic, minAesthetic, safety, maxUnsafe }: CurateOptions): void {
  if (minAesthetic !== undefined && aesthetic === undefined)
    throw new UserError("a least aesthetic score needs a head that gives scores: --aesthetic FILE");
  if (maxUnsafe !== undefined && safety === undefined)
    throw new UserError("a greatest share of unsafe pictures needs a head that tells: --safety FILE");
}
