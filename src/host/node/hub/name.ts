/** A model of the hub: a repository's, or one file in it. */
export interface HubName {
  /** `owner/name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  readonly file?: string;
}

const word = "\\w[\\w.-]*";
const form = new RegExp(
  `^(${word}/${word})(?:@(refs/\\w+/[\\w.-]+|${word}))?(?:/((?:${word}/)*${word}\\.(?:safetensors|ckpt|pt|pth|bin)))?$`,
);

/** Reads `owner/name`, `owner/name@revision` and `owner/name/file.safetensors`; undefined is what is none of them. */
export function parseHubName(text: string): HubName | undefined {
  const [, repo, revision = "main", file] = form.exec(text) ?? [];
  // ".." and "--" are in no name of the hub; the cache's folders rely on it.
  if (repo === undefined || /\.\.|--/.test(repo) || revision.includes("..")) return undefined;
  return { repo, revision, ...(file !== undefined && { file }) };
}

/** As `parseHubName` reads it. */
export const hubNameText = ({ repo, revision, file }: HubName): string =>
  `${repo}${revision === "main" ? "" : `@${revision}`}${file === undefined ? "" : `/${file}`}`;
