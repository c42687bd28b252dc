import { UserError } from "../errors.ts";
import { type Files, type Json, readJson, readText } from "../weights/model-directory.ts";
import { Tokenizer } from "./tokenizer.ts";

/** `"<|endoftext|>"` or `{ content: "<|endoftext|>" }`. */
function contentOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

/**
 * Reads a tokenizer folder of a model directory: `vocab.json`, `merges.txt`, and where there are any
 * `tokenizer_config.json` and `special_tokens_map.json`, which counts before the former as in the transformers library.
 */
export async function loadTokenizer(host: Files, folder: string): Promise<Tokenizer> {
  const path = (file: string): string => `${folder}/${file}`;
  const optional = async (file: string): Promise<Json | undefined> =>
    (await host.exists(path(file))) ? readJson(host, path(file)) : undefined;
  for (const file of ["vocab.json", "merges.txt"])
    if (!(await host.exists(path(file))))
      throw new UserError(`${folder}: no ${file} there; a CLIP tokenizer is vocab.json and merges.txt`);
  const [vocabulary, merges, config, map] = await Promise.all([
    readJson(host, path("vocab.json")),
    readText(host, path("merges.txt")),
    optional("tokenizer_config.json"),
    optional("special_tokens_map.json"),
  ]);
  const kind = config?.tokenizer_class ?? "CLIPTokenizer";
  if (kind !== "CLIPTokenizer" && kind !== "CLIPTokenizerFast")
    throw new UserError(
      `${path("tokenizer_config.json")}: tokenizer_class is ${JSON.stringify(kind)}; only CLIPTokenizer is known`,
    );
  const token = (role: string): string | undefined => contentOf(map?.[role]) ?? contentOf(config?.[role]);
  const end = token("eos_token") ?? "<|endoftext|>";
  const unknown = token("unk_token");
  // Some configs hold the library's "no limit", 10^30; CLIP's context is 77.
  const limit = config?.model_max_length as number;
  return new Tokenizer({
    vocabulary,
    merges,
    start: token("bos_token") ?? "<|startoftext|>",
    end,
    pad: token("pad_token") ?? end,
    ...(unknown === undefined ? {} : { unknown }),
    length: Number.isInteger(limit) && limit > 2 && limit <= 65_536 ? limit : 77,
    name: folder,
  });
}
