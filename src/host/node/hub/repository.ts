import { UserError } from "../../../errors.ts";
import { isCommit } from "./cache.ts";
import type { HubClient } from "./client.ts";
import { type HubName, hubNameText } from "./name.ts";

/** A repository at one commit. */
export interface Repository {
  readonly commit: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly size: number;
  /** SHA-256 of a large file, git's SHA-1 of a small one. */
  readonly hash: string;
}

/** Asks the hub what a name's repository holds. */
export async function listRepository(client: HubClient, name: HubName, signal: AbortSignal): Promise<Repository> {
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const { repo, revision } = name;
  const { file: _, ...whole } = name;
  const common = { hubUrl: client.settings.endpoint, fetch: client.api(hubNameText(whole), signal) };
  const strange = (what: string, cause?: unknown): never => {
    throw new UserError(`${client.host} says of ${repo} ${what}; check HF_ENDPOINT`, { cause });
  };
  try {
    const { sha: commit } = await modelInfo({ ...common, name: repo, revision, additionalFields: ["sha"] });
    if (typeof commit !== "string" || !isCommit(commit)) return strange("no commit");
    const entries = new Map<string, Entry>();
    for await (const { type, path, size, oid, lfs } of listFiles({
      ...common,
      repo,
      revision: commit,
      recursive: true,
    })) {
      if (type !== "file") continue;
      const entry = lfs ? { size: lfs.size, hash: lfs.oid } : { size, hash: oid ?? "" };
      // Hashes become names of files.
      if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(entry.hash) || !Number.isSafeInteger(entry.size) || entry.size < 0)
        return strange(`no size and hash of ${path}`);
      entries.set(path, entry);
    }
    return { commit, entries };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return strange("what is not understood", error);
    throw error;
  }
}
