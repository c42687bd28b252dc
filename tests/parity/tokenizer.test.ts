import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { sharedGoldens } from "../support/golden.ts";

interface Line {
  readonly text: string;
  readonly openai: readonly number[];
  readonly hf_slow: readonly number[];
}

describe.skipIf(!sharedGoldens)("CLIP's own vocabulary", () => {
  const file = (name: string): string => readFileSync(`${sharedGoldens}/tokenizer/${name}`, "utf8");
  const load = (html: boolean, pad: string): Tokenizer =>
    new Tokenizer({
      vocabulary: JSON.parse(file("vocab.json")) as Record<string, number>,
      merges: file("merges.txt"),
      start: "<|startoftext|>",
      end: "<|endoftext|>",
      pad,
      length: 77,
      html,
      name: "tokenizer",
    });

  it.each([
    ["openai", true, "!", 0],
    ["hf_slow", false, "<|endoftext|>", 49407],
  ] as const)("gives the ids of %s for every string", (flavour, html, padToken, pad) => {
    const tokenizer = load(html, padToken);
    const lines = JSON.parse(file("strings.json")) as Line[];
    expect(lines.length).toBe(150);
    for (const line of lines) {
      const wanted = line[flavour];
      const { ids, truncated } = tokenizer.tokenize(line.text);
      expect(ids, line.text).toEqual([...wanted, ...Array(77 - wanted.length).fill(pad)]);
      if (wanted.length < 77) expect(truncated, line.text).toEqual([]);
    }
  });
});
