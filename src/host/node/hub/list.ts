import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CachedRepo, filesIn, isCommit, readJsonFile } from "./cache.ts";
import { foreignParts, neededFiles, singleFiles } from "./needed.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

/** A model in the hub's cache. */
export interface ListedModel {
  /** What to call it on the command line: `owner/name`, `owner/name@revision` or `owner/name/file.ckpt`. */
  readonly name: string;
  readonly kind: "diffusion" | "CLIP" | "checkpoint";
  readonly commit: string;
  /** Of its files on this disk; commits of one repository share what they have in common. */
  readonly bytes: number;
  /** Whether all of it is there; `pull` brings the rest. */
  readonly whole: boolean;
  readonly path: string;
}

/** The models in the hub's cache that latentkit runs, whoever downloaded them, sorted by name. */
export async function listModels(settings: HubSettings = hubSettings()): Promise<ListedModel[]> {
  const models: ListedModel[] = [];
  for (const folder of await names(settings.cache)) {
    const [, owner, name] = /^models--(.+?)--(.+)$/.exec(folder) ?? [];
    if (owner === undefined || name === undefined) continue;
    const repo = new CachedRepo(settings, `${owner}/${name}`);
    const revisions = await revisionsOf(repo);
    for (const commit of await names(join(repo.folder, "snapshots"))) {
      const revision = revisions.get(commit) ?? commit;
      const full = `${owner}/${name}${revision === "main" ? "" : `@${revision}`}`;
      if (isCommit(commit)) models.push(...(await modelsIn(repo.snapshot(commit), full, commit)));
    }
  }
  return models.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function modelsIn(path: string, name: string, commit: string): Promise<ListedModel[]> {
  const files = await filesIn(path);
  const kind = await kindOf(path, files);
  const bytes = [...files.values()].reduce((a, b) => a + b, 0);
  const whole = neededFiles(files.keys()).missing.length === 0;
  if (kind === "checkpoint")
    return singleFiles(files.keys()).map((file) => ({
      name: `${name}/${file}`,
      kind,
      commit,
      bytes: files.get(file)!,
      whole: true,
      path: join(path, file),
    }));
  return kind === undefined ? [] : [{ name, kind, commit, bytes, whole, path }];
}

/** Undefined is what latentkit does not run; language models share the cache. */
async function kindOf(path: string, files: ReadonlyMap<string, number>): Promise<ListedModel["kind"] | undefined> {
  const json = (file: string) => readJsonFile(join(path, file)).catch(() => undefined);
  if (files.has("model_index.json")) {
    const index = await json("model_index.json");
    return index && foreignParts(index).length === 0 && "unet" in index ? "diffusion" : undefined;
  }
  if (files.has("config.json")) return (await json("config.json"))?.model_type === "clip" ? "CLIP" : undefined;
  return "checkpoint";
}

/** The revisions in `refs`, by commit; `main` before others. */
async function revisionsOf(repo: CachedRepo): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const revision of (await filesIn(join(repo.folder, "refs"))).keys()) {
    const commit = await repo.commit(revision);
    if (commit !== undefined && found.get(commit) !== "main") found.set(commit, revision);
  }
  return found;
}

/** Names of the folders in a folder. */
async function names(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  const folders = await Promise.all(
    all.map((name) =>
      stat(join(folder, name)).then(
        (is) => is.isDirectory(),
        () => false,
      ),
    ),
  );
  return all.filter((_, i) => folders[i]).sort();
}
