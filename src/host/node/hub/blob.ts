import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../../errors.ts";
import { writeFully } from "../files.ts";
import type { HubClient } from "./client.ts";
import { withLock } from "./lock.ts";
import { Temporary } from "./refusal.ts";

/** A file of a repository and where the cache keeps it. */
export interface Blob {
  /** `owner/name/file`, for messages. */
  readonly name: string;
  readonly url: string;
  readonly size: number;
  /** SHA-256 of a large file, git's SHA-1 of a small one: 64 or 40 hexadecimal digits. */
  readonly hash: string;
  readonly path: string;
  readonly lock: string;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Bytes of a blob on this disk: a whole one has its name, a part has another. */
export async function arrivedBytes(blob: Blob): Promise<number> {
  if (await isWhole(blob)) return blob.size;
  return Math.min(blob.size, await sizeOf(partOf(blob.path)));
}

const isWhole = async ({ path, size }: Blob): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.size === size;

const partOf = (path: string): string => `${path}.incomplete`;

/**
 * Downloads a file unless it is there: beside its place, from where an earlier download ended, and renamed when its hash is
 * right. `arrived` is told how many of its bytes there are. Throws a UserError; what has arrived is kept for the next time.
 */
export async function fetchBlob(
  client: HubClient,
  blob: Blob,
  { signal, arrived }: { readonly signal: AbortSignal; readonly arrived: (bytes: number) => void },
): Promise<void> {
  await mkdir(dirname(blob.path), { recursive: true });
  await withLock(blob.lock, signal, async () => {
    if (!(await isWhole(blob))) {
      const download = new Download(client, blob, signal, arrived);
      await client.persist(
        () => download.attempt(),
        signal,
        () => download.received,
      );
    }
    arrived(blob.size);
  });
}

class Download {
  /** Bytes that came over the network. */
  received = 0;
  readonly #client: HubClient;
  readonly #blob: Blob;
  readonly #signal: AbortSignal;
  readonly #arrived: (bytes: number) => void;
  #damaged = false;

  constructor(client: HubClient, blob: Blob, signal: AbortSignal, arrived: (bytes: number) => void) {
    this.#client = client;
    this.#blob = blob;
    this.#signal = signal;
    this.#arrived = arrived;
  }

  async attempt(): Promise<void> {
    const part = partOf(this.#blob.path);
    const file = await open(part, constants.O_RDWR | constants.O_CREAT);
    try {
      const hash = await this.#fill(file);
      if (hash.digest("hex") !== this.#blob.hash) await this.#refuse(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, this.#blob.path);
  }

  /** Reads what is there, then requests the rest. */
  async #fill(file: FileHandle): Promise<Hash> {
    const { size, url, name } = this.#blob;
    const signal = this.#signal;
    let hash = this.#hash();
    let at = 0;
    for await (const chunk of existing(file, (await file.stat()).size)) {
      signal.throwIfAborted();
      hash.update(chunk);
      at += chunk.length;
    }
    this.#arrived(at);
    if (at === size) return hash;
    if (at > size) await this.#refuse(file);

    const headers = { "Accept-Encoding": "identity", ...(at > 0 && { Range: `bytes=${at}-` }) };
    const response = await this.#client.send(url, name, { signal, headers });
    if (at > 0 && !response.headers.get("Content-Range")?.startsWith(`bytes ${at}-`)) {
      // The server begins at the beginning.
      await file.truncate(0);
      hash = this.#hash();
      at = 0;
    }
    for await (const chunk of this.#client.body(response, signal)) {
      if (at + chunk.length > size) await this.#refuse(file);
      await writeFully(file, chunk, at);
      hash.update(chunk);
      at += chunk.length;
      this.received += chunk.length;
      this.#arrived(at);
    }
    if (at < size) throw new Temporary(`${this.#client.host} sent only a part of ${name}; try again`);
    return hash;
  }

  #hash(): Hash {
    const { hash, size } = this.#blob;
    return hash.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  }

  /** Begins anew once: what an earlier download left may be at fault. */
  async #refuse(file: FileHandle): Promise<never> {
    await file.truncate(0);
    const { name, hash } = this.#blob;
    const message = `${name} came from ${this.#client.host} with other contents than its hash ${hash.slice(0, 12)}… says; try again later, or another mirror`;
    if (this.#damaged) throw new UserError(message);
    this.#damaged = true;
    throw new Temporary(message, 0);
  }
}

/** The first bytes of an open file in pieces. */
async function* existing(file: FileHandle, length: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(2 ** 20);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
