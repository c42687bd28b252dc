import type { Look } from "../../image/look.ts";
import type { Limit } from "../../runtime/limit.ts";
import type { Fetch, Spool } from "../../runtime/web-pictures.ts";
import type { Head } from "../clip/head.ts";

/** A picture beside its caption. */
export interface Compared {
  /** Cosine. */
  readonly similarity: number;
  /** The picture's place in the model's space, of length 1. */
  readonly vector: Float32Array;
  /** Its part of the time that the model worked. */
  readonly milliseconds: number;
}

/** Has CLIP see pixels (1 3 h w) and read a caption. */
export type Compare = (pixels: Float32Array, shape: readonly number[], caption: string) => Promise<Compared>;

/** What shards are made with, once for all shards of a process. */
export interface Tools {
  readonly fetch: Fetch;
  readonly look: Look;
  readonly compare: Compare;
  readonly spool: () => Promise<Spool>;
  readonly aesthetic: Head | undefined;
  readonly safety: Head | undefined;
  /** Pairs that are in the making at once, of all shards together. */
  readonly limit: Limit;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  close(): Promise<void>;
}
