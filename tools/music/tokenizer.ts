// Learns pocket-music's byte-pair encoding from captions: npx tsx tools/music/tokenizer.ts [folder]
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { random } from "../../src/training/data/random.ts";
import { tokenizerFiles, trainMerges, words } from "../tokenizer/bpe.ts";
import { caption, describe } from "./captions.ts";
import { plan } from "./plan.ts";

const positions = 32;
/** So many that every word is met. */
const captions = 20_000;
/** More than there are: every word becomes one token. */
const mostMerges = 4096;

const counts = new Map<string, number>();
for (let i = 0; i < captions; i++)
  for (const word of words(caption(random(0, i), describe(plan(0, i), random(0, i, 1)))))
    counts.set(word, (counts.get(word) ?? 0) + 1);

const [folder = "models/pocket-music/tokenizer"] = process.argv.slice(2);
const merges = trainMerges(counts, mostMerges);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(tokenizerFiles(merges, positions))) await writeFile(join(folder, name), text);
console.log(`${folder}: ${counts.size} words, ${merges.length + 514} tokens`);
