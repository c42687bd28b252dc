import { Tokenizer as Oracle } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tinyVocabulary } from "../../tests/support/tiny-vocabulary.ts";
import type { Files } from "../weights/model-directory.ts";
import { BytePairs } from "./bpe.ts";
import { Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
import { loadTokenizer } from "./tokenizer-files.ts";

const { vocabulary, merges } = tinyVocabulary();
const start = "<|startoftext|>";
const end = "<|endoftext|>";
const options: TokenizerOptions = { vocabulary, merges, start, end, pad: end, length: 12, name: "tiny" };
const id = (piece: string): number => vocabulary[piece]!;

describe("BytePairs", () => {
  const pairs = new BytePairs(merges);
  it("merges the most frequent pair first, everywhere", () => {
    expect(pairs.split("bear")).toEqual(["bear</w>"]);
    expect(pairs.split("bears")).toEqual(["be", "ar", "s</w>"]);
    expect(pairs.split(".....")).toEqual(["..", "...</w>"]);
    expect(pairs.split("é")).toEqual(["Ã©</w>"]);
    expect(pairs.split("")).toEqual([]);
  });

  it("splits a word of 100,000 letters without trying every pair at every step", () => {
    const word = "picturebeartheing".repeat(6000);
    const begin = performance.now();
    expect(pairs.split(word).join("")).toBe(`${word}</w>`);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });
});

describe("Tokenizer", () => {
  const tokenizer = new Tokenizer(options);

  it("frames and pads", () => {
    const words = ["a</w>", "picture</w>", "of</w>", "a</w>", "bear</w>"].map(id);
    expect(tokenizer.tokenize("A  picture\nof a BEAR")).toEqual({
      ids: [id(start), ...words, id(end), ...Array(5).fill(id(end))],
      truncated: [],
    });
    const zero = new Tokenizer({ ...options, pad: "!" });
    expect(zero.tokenize("").ids).toEqual([id(start), id(end), ...Array(10).fill(0)]);
  });

  it("tells which words found no room or only in part", () => {
    const { ids, truncated } = tokenizer.tokenize("bear bear bear bear bear bear bear bear of the bears and apple");
    expect(ids).toEqual([id(start), ...Array(8).fill(id("bear</w>")), id("of</w>"), id("the</w>"), id(end)]);
    expect(truncated).toEqual(["bears", "and", "apple"]);
    const part = tokenizer.tokenize("bear bear bear bear bear bear bear bear of bears and");
    expect(part.ids.slice(9)).toEqual([id("of</w>"), id("be"), id(end)]);
    expect(part.truncated).toEqual(["bears", "and"]);
  });

  it("reads special tokens in a text, in any case", () => {
    expect(tokenizer.words("bear<|ENDOFTEXT|>s")).toEqual(["bear", end, "s"]);
    expect(tokenizer.tokenize("bear<|endoftext|>").ids.slice(0, 4)).toEqual([
      id(start),
      id("bear</w>"),
      id(end),
      id(end),
    ]);
  });

  it("unescapes HTML twice where OpenAI's code does", () => {
    expect(tokenizer.words("&amp;lt;b")).toEqual(["&", "amp", ";", "lt", ";", "b"]);
    expect(new Tokenizer({ ...options, html: true }).words("&amp;lt;b")).toEqual(["<", "b"]);
  });

  it("splits words at white space as Python knows it", () => {
    expect(tokenizer.words("a\u0085b\u001cc\u3000d\ufeffe")).toEqual(["a", "b", "c", "d", "\ufeff", "e"]);
  });

  it("agrees with the tokenizers library on any text", () => {
    const added = [start, end].map((content) => ({ id: id(content), content, special: true, normalized: true }));
    const pattern = `<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+`;
    const oracle = new Oracle(
      {
        added_tokens: added,
        normalizer: {
          type: "Sequence",
          normalizers: [{ type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }],
        },
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [
            { type: "Split", pattern: { Regex: pattern }, behavior: "Removed", invert: true },
            { type: "ByteLevel", add_prefix_space: false, use_regex: false },
          ],
        },
        post_processor: null,
        decoder: null,
        model: {
          type: "BPE",
          unk_token: end,
          end_of_word_suffix: "</w>",
          vocab: vocabulary,
          merges: merges.trim().split("\n").slice(1),
        },
      },
      {},
    );
    const long = new Tokenizer({ ...options, length: 4000 });
    const piece = fc.oneof(
      fc.constantFrom(
        "a picture of a bear",
        "bears",
        " the apple",
        "...",
        "!!!!",
        "'s",
        "'RE",
        "é",
        "42",
        "\u2003",
        "🐻",
        ` ${start} `,
      ),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join("");
        // The library's white space and the long s after an apostrophe differ from the original's.
        fc.pre(!/\p{Cc}|ſ/u.test(text));
        const wanted = oracle.encode(text).ids;
        expect(long.tokenize(text).ids.slice(1, wanted.length + 2)).toEqual([...wanted, id(end)]);
      }),
    );
  });

  it("refuses a vocabulary that does not fit", () => {
    expect(() => new Tokenizer({ ...options, pad: "<pad>" })).toThrow(
      'tiny: the padding token "<pad>" is not in vocab.json',
    );
    const { "bear</w>": _, ...lacking } = vocabulary;
    expect(() => new Tokenizer({ ...options, vocabulary: lacking }).tokenize("bear")).toThrow(
      'tiny: vocab.json lacks "bear</w>"',
    );
    const { ids } = new Tokenizer({ ...options, vocabulary: lacking, unknown: end }).tokenize("bear a");
    expect(ids.slice(0, 4)).toEqual([id(start), id(end), id("a</w>"), id(end)]);
  });
});

describe("loadTokenizer", () => {
  const host = (files: Readonly<Record<string, string>>): Files => {
    const found = async (path: string): Promise<Uint8Array> => new TextEncoder().encode(files[path.slice(2)]);
    return {
      exists: async (path: string) => path.slice(2) in files,
      open: async (path: string) => {
        const bytes = await found(path);
        return { name: path, size: bytes.length, read: async (from: number, to: number) => bytes.subarray(from, to) };
      },
    } as Partial<Files> as Files;
  };
  const plain = { "vocab.json": JSON.stringify(vocabulary), "merges.txt": merges };

  it("pads as the special tokens say, before the configuration", async () => {
    const config = JSON.stringify({ model_max_length: 9, pad_token: end, unk_token: { content: end } });
    const map = JSON.stringify({ pad_token: "!", eos_token: { content: end } });
    const files = { ...plain, "tokenizer_config.json": config, "special_tokens_map.json": map };
    expect((await loadTokenizer(host(files), "t")).tokenize("bear").ids).toEqual([
      id(start),
      id("bear</w>"),
      id(end),
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
  });

  it("needs no more than vocabulary and merges, and mistrusts a length beyond reason", async () => {
    expect(await loadTokenizer(host(plain), "t")).toMatchObject({ length: 77, pad: id(end) });
    const endless = { ...plain, "tokenizer_config.json": '{"model_max_length": 1000000000000000019884624838656}' };
    expect(await loadTokenizer(host(endless), "t")).toMatchObject({ length: 77 });
  });

  it.each([
    [{ "vocab.json": "{}" }, "t: no merges.txt there"],
    [{ "merges.txt": merges }, "t: no vocab.json there"],
    [{ ...plain, "vocab.json": "{" }, "t/vocab.json is not JSON"],
    [{ ...plain, "vocab.json": "[]" }, "t/vocab.json is not a JSON object"],
    [
      { ...plain, "vocab.json": '{"<|startoftext|>": -1}' },
      't: vocab.json gives "<|startoftext|>" the id -1, not a whole number',
    ],
    [{ ...plain, "vocab.json": "{}" }, 't: the start token "<|startoftext|>" is not in vocab.json'],
    [{ ...plain, "tokenizer_config.json": '{"tokenizer_class":"T5Tokenizer"}' }, 'tokenizer_class is "T5Tokenizer"'],
  ])("refuses %#", async (files, message) => {
    await expect(loadTokenizer(host(files), "t")).rejects.toThrow(message);
  });
});
