import { type Files, type Json, readJson, type StandIn, splitPath } from "./files.ts";
import { type Measured, settle } from "./measured.ts";
import type { Weights } from "./weights.ts";

/** What a weight file stands for: files of a model directory, and the weights of its folders. */
export interface Unpacked {
  readonly files: ReadonlyMap<string, StandIn>;
  /** By folder; `""` for a model of one network. */
  readonly parts: Readonly<Record<string, Weights>>;
  /** What had to be assumed, and how to say otherwise. */
  readonly notes: readonly string[];
}

export const json = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

/** The JSON of that name in a file's folder, if there is one. */
export async function beside(host: Files, path: string, name: string): Promise<Json | undefined> {
  const file = `${splitPath(path)[0]}/${name}`;
  return (await host.exists(file)) ? readJson(host, file) : undefined;
}

/** The config that lies beside a file where it fits its tensors, or one made of them. */
export const configOf =
  (host: Files, path: string, name: string, measure: () => Measured | Promise<Measured>): StandIn =>
  async () =>
    json(settle(await measure(), await beside(host, path, name)));

const tokenizerNames = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];

/** The files of a tokenizer's folder, under `at`. */
export async function tokenizerFiles(host: Files, folder: string, at: string): Promise<[string, StandIn][]> {
  const names = await host.list(folder);
  return tokenizerNames
    .filter((name) => names.includes(name))
    .map((name) => [at + name, { path: `${folder}/${name}` }]);
}

/** The tokenizer that lies beside a file or in a folder `tokenizer` there; without one, opening it says what to do. */
export async function tokenizerBeside(host: Files, path: string, at: string): Promise<[string, StandIn][]> {
  const [folder] = splitPath(path);
  for (const place of [`${folder}/tokenizer`, folder]) {
    const files = await tokenizerFiles(host, place, at);
    if (files.some(([name]) => name.endsWith("vocab.json"))) return files;
  }
  const missing = `${path} comes without a tokenizer: put CLIP's vocab.json and merges.txt into the folder ${folder}/tokenizer, or name theirs with --tokenizer`;
  return ["vocab.json", "merges.txt"].map((name) => [at + name, { missing }]);
}
