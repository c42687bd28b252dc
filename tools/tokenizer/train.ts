// Learns the pocket model's byte-pair encoding: npx tsx tools/tokenizer/train.ts [folder]
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { palette } from "../corpus/background.ts";
import { leads } from "../corpus/captions.ts";
import { hands } from "../corpus/hands.ts";
import { readThings } from "../corpus/things.ts";
import { tokenizerFiles, trainMerges, words } from "./bpe.ts";

const size = 4096;
const positions = 32;

/** What captions are made of, by how much it should count; a tag counts once, so that most of its words stay whole. */
function wordCounts(): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (text: string, times: number): void => {
    for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + times);
  };
  for (const { names, tags } of readThings()) {
    names.forEach((name, i) => {
      add(name, i === 0 ? 50 : 20);
    });
    for (const tag of tags) add(tag, 2);
  }
  const phrases = [
    ...leads,
    ...Object.keys(palette),
    ...hands.map(({ name }) => `in ${name} style`),
    "a an and next to on the left right top bottom corner middle at small large tilted upside down background gradient",
  ];
  for (const phrase of phrases) add(phrase, 1000);
  return counts;
}

const folder = process.argv[2] ?? "models/pocket/tokenizer";
const merges = trainMerges(wordCounts(), size - 2 * 256 - 2);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(tokenizerFiles(merges, positions))) await writeFile(join(folder, name), text);
console.log(`${folder}: ${merges.length + 514} tokens`);
