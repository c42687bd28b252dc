import { expect, it } from "vitest";
import { tinyVocabulary } from "../../tests/support/tiny-vocabulary.ts";
import { chunksOf, type LearnedWords } from "./chunks.ts";
import { parseWhole, promptAt } from "./prompt.ts";
import { Tokenizer } from "./tokenizer.ts";

const { vocabulary, merges } = tinyVocabulary();
const [start, end] = ["<|startoftext|>", "<|endoftext|>"];
const tokenizer = (length: number, pad = "!"): Tokenizer =>
  new Tokenizer({ vocabulary, merges, start, end, pad, length, name: "tiny" });
const none: LearnedWords = new Map();
const nameOf = new Map(Object.entries(vocabulary).map(([piece, id]) => [id, piece.replace("</w>", "")]));

/** Each chunk's pieces between start and end, and how many positions it has. */
function cut(prompt: string, length: number, learned = none): string[] {
  return chunksOf(tokenizer(length), promptAt(parseWhole(prompt), 0, 1), learned).map(({ ids, weights }) => {
    const last = ids.indexOf(vocabulary[end]!);
    expect([ids.length, weights.length, ids[0]]).toEqual([length, length, vocabulary[start]!]);
    expect(ids.slice(last + 1).every((id) => id === 0)).toBe(true);
    return ids
      .slice(1, last)
      .map((id) => nameOf.get(id) ?? `#${id}`)
      .join(" ");
  });
}

it("gives a short text the tokens that it has alone", () => {
  for (const text of ["", "A  picture\nof a BEAR", "the end"]) {
    const [chunk, ...more] = chunksOf(tokenizer(12), promptAt(parseWhole(text), 0, 1), none);
    expect(chunk!.ids).toEqual(tokenizer(12).tokenize(text).ids);
    expect([...new Set(chunk!.weights), ...more]).toEqual([1]);
  }
});

it("cuts behind the last comma where that is near", () => {
  expect(cut("a bear, the apple and the bear", 8)).toEqual(["a bear ,", "the apple and the bear"]);
  expect(cut("a bear and the apple and the bear", 8)).toEqual(["a bear and the apple and", "the bear"]);
  expect(cut("a bear of the bear,, and", 8)).toEqual(["a bear of the bear ,", ", and"]);
  expect(cut(`${"a ".repeat(6)}, and a`, 8)).toEqual(["a a a a a a", ", and a"]);
  const lengths = (behind: number) =>
    cut(`a, ${"bear ".repeat(behind + 1)}`, behind + 4).map((chunk) => chunk.split(" ").length);
  expect(lengths(19)).toEqual([2, 20]);
  expect(lengths(20)).toEqual([22, 1]);
});

it("begins a chunk at BREAK, and none for nothing behind it", () => {
  expect(cut("a bear BREAK and the apple", 12)).toEqual(["a bear", "and the apple"]);
  expect(cut("BREAK a bear BREAK ", 12)).toEqual(["", "a bear"]);
});

it("weighs each piece, and not what surrounds them", () => {
  const [first, second] = chunksOf(tokenizer(6), promptAt(parseWhole("a (bear:2) of the (apple:0.5)"), 0, 1), none);
  expect(first!.weights).toEqual([1, 1, 2, 1, 1, 1]);
  expect(second!.weights).toEqual([1, 0.5, 1, 1, 1, 1]);
});

it("knows learned words in any case, apart from longer ones, their vectors kept together", () => {
  const learned = new Map([
    ["<bear>", [1001]],
    ["bear", [1002, 1003, 1004]],
  ]);
  expect(cut("a Bear, <BEAR>,the bears of,bear", 30, learned)).toEqual([
    "a #1002 #1003 #1004 , #1001 , the be ar s of , #1002 #1003 #1004",
  ]);
  expect(cut("the apple of bear", 7, learned)).toEqual(["the apple of", "#1002 #1003 #1004"]);
  expect(cut("a, the of the bear", 8, learned)).toEqual(["a ,", "the of the #1002 #1003 #1004"]);
  expect(cut("a bear", 4, learned)).toEqual(["a #1002", "#1003 #1004"]);
});
