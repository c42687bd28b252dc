import { describe, expect, test } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { loadTokenizer } from "../../src/text/tokenizer-files.ts";
import { random } from "../../src/training/data/random.ts";
import { testHost } from "../../tests/support/test-host.ts";
import { caption } from "../corpus/captions.ts";
import { type Hand, hands } from "../corpus/hands.ts";
import { readThings } from "../corpus/things.ts";
import { tokenizerFiles, trainMerges, vocabulary, words } from "./bpe.ts";

describe("byte-pair encoding", () => {
  test("merges the commonest pairs first (the example of Sennrich et al. 2016, words ending at their last letter)", () => {
    const counts = new Map([
      ["low", 5],
      ["lower", 2],
      ["newest", 6],
      ["widest", 3],
    ]);
    expect(trainMerges(counts, 6).map((pair) => pair.join(" "))).toEqual([
      "e s",
      "es t</w>",
      "l o",
      "e w",
      "ew est</w>",
      "n ewest</w>",
    ]);
  });

  test("stops where no pair occurs twice", () => {
    expect(
      trainMerges(
        new Map([
          ["ab", 1],
          ["cd", 1],
        ]),
        10,
      ),
    ).toEqual([]);
  });

  test("splits words as CLIP does", () => {
    expect(words("A bear's 24 €-signs!")).toEqual(["a", "bear", "'s", "2", "4", "€-", "signs", "!"]);
  });

  test("writes files that the tokenizer reads, and encodes any text", async () => {
    const merges = trainMerges(
      new Map([
        ["bear", 9],
        ["pear", 5],
      ]),
      10,
    );
    const files = Object.entries(tokenizerFiles(merges, 12)).map(([name, text]) => [`t/${name}`, text] as const);
    const tokenizer = await loadTokenizer(testHost(Object.fromEntries(files)), "t");
    const symbols = vocabulary(merges);
    const shown = (text: string): string =>
      tokenizer
        .tokenize(text)
        .ids.map((id) => symbols[id])
        .join(" ");
    const end = "<|endoftext|>";
    expect(shown("Bear Pe")).toBe(`<|startoftext|> bear</w> p e</w>${` ${end}`.repeat(8)}`);
    expect(shown("ö")).toContain("Ã ¶</w>");
  });
});

describe("the pocket tokenizer", () => {
  const things = readThings();
  const entry = (i: number) => ({
    index: i,
    thing: things[i]!,
    hand: hands[i % 5]!.name as Hand,
    split: "train" as const,
  });

  test("has room for every caption that the composer can make of one thing or two", async () => {
    const tokenizer = await loadTokenizer(nodeHost(), "models/pocket/tokenizer");
    expect(tokenizer.length).toBe(32);
    const longest = {
      place: "in the bottom right corner",
      turned: "tilted to the right",
      background: "light green background",
    };
    let cut = 0;
    const count = 4 * things.length;
    for (let i = 0; i < count; i++) {
      const dice = random(1, i);
      const one = { entries: [entry(i % things.length)], size: "small", inked: false, ...longest } as const;
      const two = [entry(i % things.length), entry(dice.int(things.length))];
      const scene = i % 2 === 0 ? one : { ...one, entries: two, size: undefined, place: undefined, turned: undefined };
      if (tokenizer.tokenize(caption(dice, scene)).truncated.length > 0) cut++;
    }
    expect(cut / count).toBeLessThan(0.002);
  });

  test("knows the words of the names", async () => {
    const tokenizer = await loadTokenizer(nodeHost(), "models/pocket/tokenizer");
    const said = "a picture of a bear and an apple on a blue background in twemoji style";
    expect(tokenizer.tokenize(said).ids.filter((id) => id !== tokenizer.end).length).toBe(1 + said.split(" ").length);
  });
});
