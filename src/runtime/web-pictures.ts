/** A line of a list, an image on a page, or a picture in a folder. */
export interface ListedPair {
  /** `http:` or `https:`, as all write it; of a picture in a folder its path, as a file URL. */
  readonly url: string;
  readonly caption: string;
  /** A picture of this machine's: lists cannot name any. */
  readonly isLocal?: boolean;
}

/** Something in a list that gives no pair. */
export interface UnreadableLine {
  /** `pairs.csv, line 12` */
  readonly where: string;
  /** In few words that many share: `no http address`. */
  readonly problem: string;
}

/** What the columns of lists are called; without a name they are found by those that data sets use. */
export interface ListOptions {
  readonly urlColumn: string | undefined;
  readonly captionColumn: string | undefined;
}

/** Lists of pictures in the web, and archives of its pages. */
export interface PairLists {
  /** Whether a file is one, by its name. */
  matches(path: string): boolean;
  /** Its pairs in order, always the same. Throws a UserError for what cannot be read at all. */
  read(path: string, options: ListOptions): AsyncIterable<ListedPair | UnreadableLine>;
}

/** How the network is asked; none of it decides what a downloaded pair is worth. */
export interface FetchOptions {
  /** Pairs that are in the making at once. */
  readonly inFlight: number;
  /** Seconds for a response, its redirects and its last byte. */
  readonly timeout: number;
  /** Further attempts after one that may go better later. */
  readonly retries: number;
  /** Of the largest file. */
  readonly mostBytes: number;
  /** Whether addresses of private networks and of this machine are asked. */
  readonly allowPrivate: boolean;
}

/** Why there is no file, in few words that many share: `HTTP 404`, `timed out`. */
export interface Refused {
  readonly refused: string;
}

/** A file in memory, of which large ones are few at once: `release` says that it is needed no more. */
export interface Fetched {
  readonly bytes: Uint8Array;
  release(): void;
}

/** Gets a file: all of it within the limits of the options, or why not. Throws only when the signal fires. */
export type Fetch = (
  pair: Pick<ListedPair, "url" | "isLocal">,
  signal: AbortSignal | undefined,
) => Promise<Fetched | Refused>;

/** Bytes that are kept for a while, on the disk, and that vanish with the process. */
export interface Spool {
  /** Where they start. */
  append(bytes: Uint8Array): Promise<number>;
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
