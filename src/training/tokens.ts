import type { Host } from "../runtime/host.ts";
import { ints } from "../runtime/ndarray.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Files } from "../weights/model-directory.ts";
import type { Tokenize } from "./data/data-set.ts";

/** Captions as a batch of token ids. */
export const tokenizeWith =
  (tokenizer: Tokenizer): Tokenize =>
  (captions) =>
    ints(
      captions.flatMap((caption) => tokenizer.tokenize(caption).ids),
      [captions.length, tokenizer.length],
    );

const tokenizerFiles = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];

/** Copies a tokenizer beside the model that was trained with it. */
export async function copyTokenizer(host: Host, from: string, to: string, files: Files = host): Promise<void> {
  if (from === to) return;
  for (const file of tokenizerFiles) {
    if (!(await files.exists(`${from}/${file}`))) continue;
    const source = await files.open(`${from}/${file}`);
    await host.write(`${to}/${file}`, [await source.read(0, source.size)]);
  }
}
