import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../errors.ts";
import type { Json } from "../../../weights/model-directory.ts";
import { guard } from "../files.ts";
import { arrivedBytes, type Blob, fetchBlob } from "./blob.ts";
import { CachedRepo, openedBy, type Part, readJsonFile } from "./cache.ts";
import { HubClient, type Patience } from "./client.ts";
import { type HubName, hubNameText } from "./name.ts";
import { foreignParts, neededFiles, singleFiles, tokenizerFiles, variantsOf } from "./needed.ts";
import { listRepository } from "./repository.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

export interface PullOptions extends Part {
  /** `fp16`: weights in half precision, where the repository has such. */
  readonly variant?: string | undefined;
  readonly signal?: AbortSignal;
  readonly settings?: HubSettings;
  readonly patience?: Partial<Patience>;
}

/** Bytes of the model on this disk, and of it all. */
export interface PullProgress {
  readonly done: number;
  readonly total: number;
}

/** A model that is whole on this disk. */
export interface Pulled {
  /** Its folder in the cache, or its file; of a tokenizer its folder. */
  readonly path: string;
  readonly commit: string;
  readonly files: readonly string[];
  readonly bytes: number;
  /** Bytes that were downloaded for it now. */
  readonly downloaded: number;
}

/** Files that are downloaded at once. */
const atOnce = 4;

/** Files smaller than this come first: until the weights, which are larger, are there, a model is not whole. */
const small = 2 ** 20;

/**
 * Downloads what a model needs into the hub's cache, several files at once, each checked against its hash; what is there
 * already is not downloaded again. Throws a UserError that says what to do where that is not possible.
 */
export async function* pull(
  name: HubName,
  { variant, only, signal: stop = new AbortController().signal, settings = hubSettings(), patience }: PullOptions = {},
): AsyncGenerator<PullProgress, Pulled> {
  const text = hubNameText(name);
  if (settings.offline)
    throw new UserError(
      `${text} cannot be pulled while HF_HUB_OFFLINE is set: unset it, or use what latentkit list shows`,
    );
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const client = new HubClient(settings, patience);
  const repo = new CachedRepo(settings, name.repo);
  const { commit, entries } = await listRepository(client, name, signal);

  const blobOf = (file: string): Blob => ({
    ...entries.get(file)!,
    ...repo.blob(entries.get(file)!.hash),
    name: `${name.repo}/${file}`,
    url: `${settings.endpoint}/${name.repo}/resolve/${commit}/${file.split("/").map(encodeURIComponent).join("/")}`,
  });
  const bring = async (file: string, arrived: (bytes: number) => void): Promise<void> => {
    const blob = blobOf(file);
    await guard("write", repo.folder, async () => {
      await fetchBlob(client, blob, { signal, arrived });
      await repo.place(commit, file, blob.hash);
    });
  };

  const paths = [...entries.keys()];
  if (name.file === undefined && only === undefined && entries.has("model_index.json")) {
    await bring("model_index.json", () => {});
    checkFamily(name.repo, await readJsonFile(join(repo.snapshot(commit), "model_index.json")));
  }
  const files = only === "tokenizer" ? chosenTokenizer(name, paths) : chosenFiles(name, paths, variant);
  const absent = await absentBytes(files.map(blobOf));
  await guard("write", settings.cache, () => checkSpace(text, settings.cache, absent));

  const total = files.reduce((sum, file) => sum + entries.get(file)!.size, 0);
  const counts = new Map<string, number>();
  const queue = [...files].sort((a, b) => rank(entries.get(a)!.size) - rank(entries.get(b)!.size));
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const current = file;
      await bring(current, (bytes) => counts.set(current, bytes));
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  let working = true;
  const work = Promise.all(workers).finally(() => {
    working = false;
  });
  try {
    while (working) {
      const done = [...counts.values()].reduce((a, b) => a + b, 0);
      if (done < total) yield { done, total };
      await Promise.race([work, sleep(100)]);
    }
  } finally {
    // One failed, or nobody wants the rest: the others stop too and leave what they have.
    failed.abort();
    await Promise.allSettled([work, ...workers]);
  }
  await repo.setCommit(name.revision, commit);
  yield { done: total, total };
  const snapshot = repo.snapshot(commit);
  const path =
    name.file === undefined ? openedBy(snapshot, files, { ...(only && { only }) }) : join(snapshot, name.file);
  return { path, commit, files, bytes: total, downloaded: absent };
}

/** Small files in any order, then the largest first, so that none is left to come alone at the end. */
const rank = (size: number): number => (size < small ? Number.NEGATIVE_INFINITY : -size);

/** Throws a UserError for a pipeline of another kind, before its gigabytes are downloaded. */
function checkFamily(repo: string, index: Json): void {
  const [foreign] = foreignParts(index);
  if (foreign !== undefined)
    throw new UserError(
      `${repo} is a ${index._class_name} with a ${foreign}, which latentkit does not run; it runs Stable Diffusion 1.x and 2.x`,
    );
}

function chosenFiles(
  { repo, file }: HubName,
  paths: readonly string[],
  variant: string | undefined,
): readonly string[] {
  if (file !== undefined) {
    if (!paths.includes(file)) throw new UserError(`${repo} has no file ${file}${listed(singleFiles(paths))}`);
    // A checkpoint has no tokenizer inside.
    return [file, ...tokenizerFiles(paths, file.slice(0, file.lastIndexOf("/") + 1))];
  }
  const { files, missing } = neededFiles(paths, variant);
  const variants = variantsOf(paths);
  if (variant !== undefined && !variants.includes(variant))
    throw new UserError(`${repo} has no weights of the variant ${variant}; it has ${variants.join(", ") || "none"}`);
  if (missing.length === 0) return files;
  const single = singleFiles(paths);
  if (files.length === 0 && single.length > 1)
    throw new UserError(`${repo} has several checkpoints: name one, as in ${repo}/${single[0]}${listed(single)}`);
  throw new UserError(`${repo} is no model that latentkit runs: it has no ${missing[0]}`);
}

function chosenTokenizer({ repo }: HubName, paths: readonly string[]): readonly string[] {
  const files = tokenizerFiles(paths);
  if (files.length === 0) throw new UserError(`${repo} has no tokenizer of CLIP's: no vocab.json and merges.txt`);
  return files;
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? "" : `; it has ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;

async function absentBytes(blobs: readonly Blob[]): Promise<number> {
  const sizes = await Promise.all(blobs.map(async (blob) => blob.size - (await arrivedBytes(blob))));
  return sizes.reduce((a, b) => a + b, 0);
}

/** Throws a UserError before a download that the disk has no room for. */
async function checkSpace(text: string, cache: string, bytes: number): Promise<void> {
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = bavail * bsize;
  if (bytes > free)
    throw new UserError(
      `${text} needs ${gigabytes(bytes)} more, but there are ${gigabytes(free)} free in ${cache}: free some space, or set HF_HOME to a folder on another disk`,
    );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
