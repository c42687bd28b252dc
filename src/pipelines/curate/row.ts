/** What became of a pair. The first three are img2dataset's words. */
export type Status = "success" | "failed_to_download" | "failed_to_resize" | "filtered" | "duplicate";

/** A pair with all that is known of it: the columns of a shard's Parquet file, in img2dataset's and LAION's names. */
export interface Row {
  /** Shard and place there; names its files too. */
  readonly key: string;
  readonly url: string;
  readonly caption: string;
  readonly status: Status;
  /** Why it was left out. */
  readonly error_message: string | null;
  /** Pixels as stored. */
  readonly width: number | null;
  readonly height: number | null;
  readonly original_width: number | null;
  readonly original_height: number | null;
  /** Of the file as it was downloaded. */
  readonly sha256: string | null;
  /** Cosine of picture and caption. */
  readonly similarity: number | null;
  /** Probability that the picture is unsafe. */
  readonly punsafe: number | null;
  readonly aesthetic: number | null;
  /** ISO 639-3; `und` where it cannot be told. */
  readonly language: string;
  /** Of URL and caption, 64 bits. */
  readonly hash: bigint;
  readonly phash: string | null;
  /** Mean colours of four by four fields, 48 bytes. */
  readonly colours: Uint8Array | null;
}

/** What nobody knows before a picture was seen. */
export const unknown = {
  width: null,
  height: null,
  original_width: null,
  original_height: null,
  sha256: null,
  similarity: null,
  punsafe: null,
  aesthetic: null,
  phash: null,
  colours: null,
} as const;
