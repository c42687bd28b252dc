import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../../errors.ts";
import type { ByteSource } from "../../runtime/host.ts";

/** Reads by range. The file is opened for each read, so nothing needs closing; one that changed meanwhile is an error. */
export async function openFile(path: string): Promise<ByteSource> {
  const opened = await guard("read", path, () => stat(path));
  if (!opened.isFile()) throw new UserError(`cannot read ${path}: it is not a file`);
  return {
    name: path,
    size: opened.size,
    read: (start, end) =>
      guard("read", path, async () => {
        const file = await open(path);
        try {
          const now = await file.stat();
          if (now.ino !== opened.ino || now.mtimeMs !== opened.mtimeMs || now.size !== opened.size)
            throw new UserError(`${path} changed while it was being read; try again`);
          return await readFully(file, path, start, end);
        } finally {
          await file.close();
        }
      }),
  };
}

/** Several gigabytes cannot be asked for in one system call. */
const largestRead = 2 ** 30;

async function readFully(file: FileHandle, path: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const wanted = Math.min(bytes.length - filled, largestRead);
    const { bytesRead } = await file.read(bytes, filled, wanted, start + filled);
    if (bytesRead === 0) throw new UserError(`${path} ends at byte ${start + filled}, before ${end}; it is cut off`);
    filled += bytesRead;
  }
  return bytes;
}

export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw explain("read", path, error);
  }
}

/** Names in a folder, sorted; empty when it does not exist. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw explain("read", folder, error);
  }
}

let written = 0;

/** A file in the making: beside the one that it becomes, which stays as it is until then. */
export interface PartFile {
  /** Where it is for the time being. */
  readonly path: string;
  append(chunk: Uint8Array): Promise<void>;
  /** Writes over what is there already. */
  correct(at: number, chunk: Uint8Array): Promise<void>;
  /** Flushes it to the disk and renames it. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** Starts a file, in folders that are made where they are missing. */
export async function startFile(path: string): Promise<PartFile> {
  const beside = `${path}.${process.pid}-${written++}.part`;
  const file = await guard("write", path, async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(beside, "wx");
  });
  const guarded =
    <A extends unknown[]>(work: (...args: A) => Promise<void>) =>
    (...args: A): Promise<void> =>
      guard("write", path, () => work(...args));
  return {
    path: beside,
    append: guarded((chunk: Uint8Array) => writeFully(file, chunk, null)),
    correct: guarded((at: number, chunk: Uint8Array) => writeFully(file, chunk, at)),
    finish: guarded(async () => {
      await file.sync();
      await file.close();
      await rename(beside, path);
    }),
    async discard() {
      await file.close().catch(() => {});
      await unlink(beside).catch(() => {});
    },
  };
}

/** Milliseconds after which nobody writes to a part file any more. */
const abandoned = 60_000;

/** Removes what killed processes left of files in a folder; others may be writing there. */
export async function removeParts(folder: string): Promise<void> {
  for (const name of await listFolder(folder)) {
    if (!/\.\d+-\d+\.part$/.test(name)) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    if (written && Date.now() - written.mtimeMs > abandoned) await unlink(path).catch(() => {});
  }
}

/** Writes to a file beside, flushes it to the disk and renames it; whatever fails, no partial file stays. */
export async function writeFile(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const file = await startFile(path);
  try {
    await guard("write", path, async () => {
      for await (const chunk of chunks) await file.append(chunk);
    });
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** What writing needs of an open file; Node's own types stay out of what the package declares. */
interface Writable {
  write(bytes: Uint8Array, from: number, count: number, at: number | null): Promise<{ readonly bytesWritten: number }>;
}

/** Writes at a place, or after what was written last. */
export async function writeFully(file: Writable, chunk: Uint8Array, at: number | null): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const wanted = Math.min(chunk.length - done, largestRead);
    const { bytesWritten } = await file.write(chunk, done, wanted, at === null ? null : at + done);
    done += bytesWritten;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full; free some space and try again",
  EDQUOT: "the disk quota is used up; free some space and try again",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links lead in a circle",
  EMFILE: "too many files are open",
  EIO: "the disk reports an error",
};

/** What the operating system refused, as a line for the user; errors of other kinds stay as they are. */
function explain(verb: "read" | "write", path: string, error: unknown): unknown {
  const code = codeOf(error);
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined ? error : new UserError(`cannot ${verb} ${path}: ${reason}`, { cause: error });
}

export async function guard<T>(verb: "read" | "write", path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(verb, path, error);
  }
}
