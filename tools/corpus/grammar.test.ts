import { expect, test } from "vitest";
import { article, nounPhrase } from "./grammar.ts";
import { readThings } from "./things.ts";

test.each([
  ["bear", "a bear"],
  ["red apple", "a red apple"],
  ["apple", "an apple"],
  ["hourglass", "an hourglass"],
  ["unicorn", "a unicorn"],
  ["ewe", "a ewe"],
  ["x-ray", "an x-ray"],
  ["one-piece swimsuit", "a one-piece swimsuit"],
  ["umbrella", "an umbrella"],
  ["chopsticks", "chopsticks"],
  ["bus", "a bus"],
  ["cactus", "a cactus"],
  ["wine glass", "a wine glass"],
  ["compass", "a compass"],
  ["clapping hands", "clapping hands"],
  ["smiling face with smiling eyes", "a smiling face with smiling eyes"],
  ["two hearts", "two hearts"],
  ["baguette bread", "baguette bread"],
  ["no smoking", "no smoking"],
  ["people holding hands", "people holding hands"],
  ["map of japan", "map of japan"],
  ["santa claus", "santa claus"],
])("%s → %s", (name, phrase) => {
  const group = name.includes("bread") ? "food" : "objects";
  expect(nounPhrase(name, group)).toBe(phrase);
});

test("articles before colours and sizes", () => {
  expect(["orange gradient", "large", "blue background"].map(article)).toEqual(["an", "a", "a"]);
});

test("things have everyday names, plain letters and no other thing's name", () => {
  const things = readThings();
  const names = (label: string): readonly string[] => things.find((thing) => thing.label === label)!.names;
  expect(things.length).toBe(1631);
  expect(names("automobile")).toContain("car");
  expect(names("red apple")).toEqual(["red apple", "apple"]);
  expect(names("piñata")[0]).toBe("pinata");
  const firsts = new Set(things.map((thing) => thing.names[0]!));
  expect(firsts.size).toBe(things.length);
  for (const thing of things) for (const other of thing.names.slice(1)) expect(firsts.has(other), other).toBe(false);
});
