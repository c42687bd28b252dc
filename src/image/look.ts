import type { ClipPreprocessing } from "./clip-preprocess.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { ResizeMode } from "./frame.ts";

/** How pictures are looked at before they go into a data set. */
export interface LookOptions {
  /** Pixels of the shorter side. */
  readonly minSize: number;
  /** Longer by shorter side. */
  readonly maxAspect: number;
  readonly resize: ResizeMode;
  readonly size: number;
  readonly format: "jpg" | "png" | "webp";
  readonly preprocessing: ClipPreprocessing;
}

/** A picture that passed. */
export interface Seen extends Fingerprint {
  /** Of the original, upright, in pixels. */
  readonly original: { readonly width: number; readonly height: number };
  readonly width: number;
  readonly height: number;
  /** At the size asked for, in the format asked for. */
  readonly encoded: Uint8Array;
  /** What CLIP sees of that (1 3 h w). */
  readonly pixels: Float32Array;
  readonly pixelsShape: readonly number[];
  /** What is unusual about the file, in few words that many share. */
  readonly remarks: readonly string[];
}

/** What is said of a file that is no picture, or not one to keep. */
export interface Unseen {
  /** `damaged` and its like make a failure; a picture that is whole but too small or too narrow is filtered. */
  readonly status: "failed_to_resize" | "filtered";
  readonly reason: string;
  readonly original?: { readonly width: number; readonly height: number };
}

/** A file after a look. */
export interface Looked {
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly seen: Seen | Unseen;
  /** Milliseconds that a thread worked on it. */
  readonly milliseconds: number;
}

/** Decodes, measures, resizes and encodes in another thread, which takes the bytes away. */
export type Look = (bytes: Uint8Array) => Promise<Looked>;
