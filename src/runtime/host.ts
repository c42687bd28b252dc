import type { Target } from "../graph/op.ts";
import type { NdArray } from "./ndarray.ts";
import type { Preparation } from "./prepare.ts";

/** Random access to a file's bytes, wherever the host keeps them. */
export interface ByteSource {
  /** How messages call it: a path or URL. */
  readonly name: string;
  readonly size: number;
  /** Bytes start (inclusive) to end (exclusive); all of them, or an error. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** 8-bit picture, rows from the top; 3 channels (RGB) or 4 (RGBA, straight alpha). */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** A compiled graph on a device. */
export interface Session {
  run(
    inputs: Readonly<Record<string, NdArray>>,
    outputs?: Readonly<Record<string, NdArray>>,
  ): Promise<Record<string, NdArray>>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly device: Target;
  readonly threads?: number;
  /** Folder of the model's weight files, which it calls as `weightFile` does. */
  readonly weightFolder?: string;
  /** Data of the model's constants that lie in no file, by the names that it calls them. */
  readonly constants?: Readonly<Record<string, NdArray>>;
  /** Inputs that are the same in every run, waited for when all else is ready. They are read where they lie. */
  readonly fed?: Promise<Readonly<Record<string, NdArray>>>;
  /** Nothing is copied for speed. */
  readonly lean?: boolean;
  /** Weights of half precision are widened whenever they are used, not once for all. */
  readonly widens?: boolean;
  /** Threads sleep while they wait, for long work beside other work: spinning would take its time. */
  readonly patient?: boolean;
}

/** What differs between Node and a browser. Implemented in `host/`; everything else gets it passed in. */
export interface Host {
  open(path: string): Promise<ByteSource>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder, sorted; empty when it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Makes missing folders, writes beside and renames, so that a reader sees the old file or the whole new one. */
  write(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
  /** What a session's model calls a file that holds its weights. */
  weightFile(path: string): string;
  /** Does what `prepare` does, with as many processors as there are, and the weights read from their files. */
  prepare(preparations: readonly Preparation[]): Promise<ArrayBufferView[]>;
  session(model: Uint8Array, options: SessionOptions): Promise<Session>;
  decodePicture(bytes: Uint8Array, name: string): Promise<Picture>;
  encodePicture(picture: Picture, format: "png" | "jpeg" | "webp"): Promise<Uint8Array>;
}
