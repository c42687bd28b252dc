import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../../../errors.ts";
import { type LatentStore, latentsInFolder, latentsInMemory } from "../../../pipelines/animate/store.ts";
import type { Host } from "../../../runtime/host.ts";
import { checkWritable } from "../files.ts";

/** Bytes of latents that are kept from earlier work; the oldest go first. */
const mostBytes = 2 ** 29;

const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(process.env.HOME ?? homedir(), ".cache"), "latentkit");

const latentsFolder = (): string => join(cacheFolder(), "latents");

/**
 * Latents that are kept from one run of the program to the next, or only in memory where the cache cannot be written.
 * `makers` are the files of what draws them: changed ones draw anew.
 */
export async function keptLatents(host: Host, makers: readonly string[], settings: object): Promise<LatentStore> {
  const folder = latentsFolder();
  try {
    await checkWritable(join(folder, "x"));
  } catch {
    return latentsInMemory();
  }
  const stamps = await Promise.all(makers.map(async (path) => [resolve(path), await stampsOf(path)]));
  return latentsInFolder(host, folder, JSON.stringify([stamps, settings]));
}

/** Name, size and time of change of a file, or of all in a folder. */
async function stampsOf(path: string): Promise<string[]> {
  const own = await stat(path);
  if (!own.isDirectory()) return [`${own.size} ${own.mtimeMs}`];
  // What is kept beside a model changes nothing that it draws.
  const files = (await readdir(path, { recursive: true })).filter((name) => !name.endsWith(".int8")).sort();
  return Promise.all(
    files.map(async (name) => {
      const { size, mtimeMs } = await stat(join(path, name));
      return `${name} ${size} ${mtimeMs}`;
    }),
  );
}

/** Makes room when work is done, so that work that was stopped stays whole. */
export const forgetOldest = (): Promise<void> => prune(latentsFolder(), mostBytes);

/** Removes the oldest files until what is left has at most so many bytes. */
export async function prune(folder: string, most: number): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const paths = names.filter((name) => name.endsWith(".safetensors")).map((name) => join(folder, name));
  const files = await Promise.all(paths.map(async (path) => ({ path, ...pick(await stat(path)) })));
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (bytes <= most) return;
    await rm(path, { force: true });
    bytes -= size;
  }
}

const pick = ({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }) => ({ size, mtimeMs });

/** A command line whose work is not done. */
export interface Job {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Notes of work that goes into one file, for when it is stopped. */
export class JobNote {
  readonly #path: string;
  readonly #output: string;

  constructor(output: string) {
    const name = createHash("sha256").update(resolve(output)).digest("hex");
    this.#path = join(cacheFolder(), "animations", `${name}.json`);
    this.#output = output;
  }

  /** Throws a UserError where no work was stopped. */
  async read(): Promise<Job> {
    const text = await readFile(this.#path, "utf8").catch(() => undefined);
    if (text === undefined)
      throw new UserError(`no animation into ${this.#output} was stopped: leave out --resume to begin one`);
    return JSON.parse(text) as Job;
  }

  /** Says nothing where the cache cannot be written: then the work cannot be resumed. */
  async write(host: Pick<Host, "write">, job: Job): Promise<void> {
    await host.write(this.#path, [new TextEncoder().encode(JSON.stringify(job))]).catch(() => {});
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
