import { copyFile, link, mkdir, readdir, readFile, rename, stat, symlink, unlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Json } from "../../../weights/model-directory.ts";
import { writeFile } from "../files.ts";
import type { HubName } from "./name.ts";
import { neededFiles, singleFiles, tokenizerFiles } from "./needed.ts";
import type { HubSettings } from "./settings.ts";

export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** The folder of a repository in the cache: the layout of Python's client. */
export class CachedRepo {
  readonly folder: string;
  readonly #locks: string;

  constructor({ cache }: Pick<HubSettings, "cache">, repo: string) {
    const name = `models--${repo.replace("/", "--")}`;
    this.folder = join(cache, name);
    this.#locks = join(cache, ".locks", name);
  }

  blob(hash: string): { readonly path: string; readonly lock: string } {
    return { path: join(this.folder, "blobs", hash), lock: join(this.#locks, `${hash}.latentkit`) };
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** The commit that a revision was when it was last asked for. */
  async commit(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  async setCommit(revision: string, commit: string): Promise<void> {
    if (revision !== commit) await writeFile(join(this.folder, "refs", revision), [Buffer.from(commit)]);
  }

  /** Puts a file into a snapshot as a link to its blob; where links are not allowed, as a hard one or a copy. */
  async place(commit: string, file: string, hash: string): Promise<void> {
    const [from, to] = [this.blob(hash).path, join(this.snapshot(commit), file)];
    const beside = `${to}.${process.pid}`;
    await mkdir(dirname(to), { recursive: true });
    await unlink(beside).catch(() => {});
    await symlink(relative(dirname(to), from), beside)
      .catch(() => link(from, beside))
      .catch(() => copyFile(from, beside));
    await rename(beside, to);
  }
}

/** Files in a folder by their paths in it, links followed; those whose links lead nowhere are left out. */
export async function filesIn(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names) {
    const { size, isFile } = await stat(join(folder, name)).then(
      (is) => ({ size: is.size, isFile: is.isFile() }),
      () => ({ size: 0, isFile: false }),
    );
    if (isFile) found.set(name.replaceAll("\\", "/"), size);
  }
  return found;
}

/** What to take of a repository; a model unless told. */
export interface Part {
  readonly only?: "tokenizer";
}

/**
 * A model that is whole on this disk: its folder, or its file; or the folder of a tokenizer. Undefined where something of
 * it is missing.
 */
export async function cachedModel(
  name: HubName,
  settings: Pick<HubSettings, "cache">,
  { only }: Part = {},
): Promise<string | undefined> {
  const repo = new CachedRepo(settings, name.repo);
  const commit = await repo.commit(name.revision);
  if (commit === undefined) return undefined;
  const folder = repo.snapshot(commit);
  const files = [...(await filesIn(folder)).keys()];
  if (only === "tokenizer") return tokenizerFiles(files).length > 0 ? openedBy(folder, files, { only }) : undefined;
  if (name.file !== undefined) return files.includes(name.file) ? join(folder, name.file) : undefined;
  return neededFiles(files).missing.length > 0 ? undefined : openedBy(folder, files);
}

/** What a snapshot is opened by: its only file, if it has no model in parts. */
export function openedBy(folder: string, files: readonly string[], { only }: Part = {}): string {
  if (only === "tokenizer") return dirname(join(folder, tokenizerFiles(files)[0]!));
  const parts = files.includes("model_index.json") || files.includes("config.json");
  return parts ? folder : join(folder, singleFiles(files)[0]!);
}

export const readJsonFile = async (path: string): Promise<Json> => JSON.parse(await readFile(path, "utf8")) as Json;
