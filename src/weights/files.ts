import { UserError } from "../errors.ts";
import type { ByteSource, Host } from "../runtime/host.ts";

/** What a model directory needs of a host. */
export type Files = Pick<Host, "open" | "exists" | "list" | "write">;

export type Json = Readonly<Record<string, unknown>>;

export async function readText(host: Pick<Files, "open">, path: string): Promise<string> {
  const source = await host.open(path);
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8 text`);
  }
}

/** A JSON object, or a UserError that says what it is instead. Python's bare NaN and Infinity are read as null. */
export async function readJson(host: Pick<Files, "open">, path: string): Promise<Json> {
  const text = await readText(host, path);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (word) => (word[0] === '"' ? word : "null")));
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as Error).message.replaceAll("\n", " ")}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UserError(`${path} is not a JSON object`);
  return value as Json;
}

/** A path as it is called without the slashes that end it; the root keeps its own. */
export const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "");

/** A path's folder and the name in it, whether or not a slash ends it. */
export function splitPath(given: string): readonly [folder: string, name: string] {
  const path = withoutSlash(given);
  const slash = path.lastIndexOf("/");
  return slash < 0 ? [".", path] : [path.slice(0, slash) || "/", path.slice(slash + 1)];
}

/** The diffusion model that a folder is the part `name` of; the folder itself where it is none. */
export async function wholeOf(host: Pick<Files, "exists">, path: string, name: string): Promise<string> {
  const [folder, last] = splitPath(path);
  return last === name && (await host.exists(`${folder}/model_index.json`)) ? folder : path;
}

/** What stands for a file: another one's path; its text when it is asked for; or what to say where it is not there. */
export type StandIn = { readonly path: string } | { readonly missing: string } | (() => string | Promise<string>);

/** A host's files and, in one folder, others that stand for themselves. */
export function withFiles(host: Files, folder: string, others: ReadonlyMap<string, StandIn>): Files {
  const nameOf = (path: string): string => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : "");
  const below = (path: string): string[] => {
    const start = path === folder ? "" : `${nameOf(path)}/`;
    if (start === "/") return [];
    const names = [...others].flatMap(([name, other]) => ("missing" in other ? [] : [name]));
    return names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  };
  return {
    async open(path) {
      const other = others.get(nameOf(path));
      if (!other) return host.open(path);
      if ("missing" in other) throw new UserError(other.missing);
      return "path" in other ? host.open(other.path) : textSource(path, await other());
    },
    exists: async (path) => others.has(nameOf(path)) || below(path).length > 0 || host.exists(path),
    list: async (path) =>
      [...new Set([...(await host.list(path)), ...below(path).map((name) => name.split("/")[0]!)])].sort(),
    write: host.write,
  };
}

function textSource(name: string, text: string): ByteSource {
  const bytes = new TextEncoder().encode(text);
  return { name, size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
}
