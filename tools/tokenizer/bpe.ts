/** GPT-2's printable stand-ins for the 256 bytes, in the order of CLIP's vocabulary. */
export function byteSymbols(): Map<number, string> {
  const printable = [...range(0x21, 0x7e), ...range(0xa1, 0xac), ...range(0xae, 0xff)];
  const symbols = new Map(printable.map((byte) => [byte, String.fromCharCode(byte)]));
  for (let byte = 0, next = 256; byte < 256; byte++)
    if (!symbols.has(byte)) symbols.set(byte, String.fromCharCode(next++));
  return symbols;
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** What CLIP's tokenizer calls a word, after lower-casing: a clitic, letters, one digit, or other signs. */
export const words = (text: string): string[] =>
  text.toLowerCase().match(/'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu) ?? [];

export type Merge = readonly [left: string, right: string];

interface Word {
  symbols: string[];
  readonly count: number;
}

/**
 * Byte-pair encoding (Sennrich et al. 2016) with CLIP's end-of-word mark: merges the pair that occurs most until there
 * are so many merges, or no pair is left that occurs twice. Ties go to the pair that sorts first.
 */
export function trainMerges(counts: ReadonlyMap<string, number>, most: number): Merge[] {
  const bytes = byteSymbols();
  const encoder = new TextEncoder();
  const corpus: Word[] = [...counts].map(([word, count]) => {
    const symbols = Array.from(encoder.encode(word), (byte) => bytes.get(byte)!);
    symbols.push(`${symbols.pop()}</w>`);
    return { symbols, count };
  });
  const merges: Merge[] = [];
  const pairs = new Map<string, number>();
  for (const word of corpus) countPairs(pairs, word, 1);
  while (merges.length < most) {
    const best = commonest(pairs);
    if (best === undefined) break;
    const merge = best.split(" ") as unknown as Merge;
    merges.push(merge);
    for (const word of corpus) {
      if (!has(word, merge)) continue;
      countPairs(pairs, word, -1);
      word.symbols = merged(word.symbols, merge);
      countPairs(pairs, word, 1);
    }
  }
  return merges;
}

function countPairs(pairs: Map<string, number>, { symbols, count }: Word, sign: 1 | -1): void {
  for (let i = 1; i < symbols.length; i++) {
    const pair = `${symbols[i - 1]} ${symbols[i]}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + sign * count);
  }
}

function commonest(pairs: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let most = 1;
  for (const [pair, count] of pairs) {
    if (count > most || (count === most && best !== undefined && pair < best)) [best, most] = [pair, count];
  }
  return best;
}

const has = ({ symbols }: Word, [left, right]: Merge): boolean =>
  symbols.some((symbol, i) => symbol === left && symbols[i + 1] === right);

function merged(symbols: readonly string[], [left, right]: Merge): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) out.push(left + symbols[++i]!);
    else out.push(symbols[i]!);
  }
  return out;
}

export const startToken = "<|startoftext|>";
export const endToken = "<|endoftext|>";

/** Bytes, bytes that end a word, merges, the two special tokens: the order of CLIP's ids. */
export function vocabulary(merges: readonly Merge[]): string[] {
  const bytes = [...byteSymbols().values()];
  return [...bytes, ...bytes.map((b) => `${b}</w>`), ...merges.map((pair) => pair.join("")), startToken, endToken];
}

/** The four files of a CLIP tokenizer in Hugging Face's layout: name → text. */
export function tokenizerFiles(merges: readonly Merge[], positions: number): Record<string, string> {
  const token = (content: string): object => ({
    content,
    lstrip: false,
    normalized: true,
    rstrip: false,
    single_word: false,
  });
  const special = {
    bos_token: token(startToken),
    eos_token: token(endToken),
    pad_token: endToken,
    unk_token: token(endToken),
  };
  const config = {
    add_prefix_space: false,
    do_lower_case: true,
    errors: "replace",
    model_max_length: positions,
    tokenizer_class: "CLIPTokenizer",
    ...special,
  };
  const ids = Object.fromEntries(vocabulary(merges).map((symbol, id) => [symbol, id]));
  return {
    "vocab.json": `${JSON.stringify(ids)}\n`,
    "merges.txt": `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n`,
    "tokenizer_config.json": `${JSON.stringify(config, null, 2)}\n`,
    "special_tokens_map.json": `${JSON.stringify(special, null, 2)}\n`,
  };
}
