import { UserError } from "../../errors.ts";
import type { ListedPair, UnreadableLine } from "../../runtime/web-pictures.ts";
import { readJson, readText } from "../../weights/files.ts";
import { cleaned } from "../search/captions.ts";
import { type CurateJob, type Curation, filesOf, jsonBytes } from "./curation.ts";
import { hash64, KeySet } from "./hash64.ts";
import { type Inputs, pairsIn } from "./inputs.ts";
import type { CurateOptions, Unique } from "./options.ts";
import { type Counted, Reasons } from "./reasons.ts";

/** What was read, and what of it went into shards. */
export interface Gathered {
  /** Lines, images of pages, pictures of folders. */
  readonly read: number;
  readonly pairs: number;
  readonly shards: number;
  /** Why others did not, and what was unusual. */
  readonly dropped: Counted;
  readonly remarks: Counted;
}

const utf8 = new TextEncoder();

const gatheredFile = ({ out }: Curation): string => `${out}/pairs/gathered.json`;

/** What was gathered, once all was. */
export async function gathered(curation: Curation): Promise<Gathered | undefined> {
  const path = gatheredFile(curation);
  const { host } = curation;
  return (await host.exists(path)) ? ((await readJson(host, path)) as unknown as Gathered) : undefined;
}

/**
 * Reads the inputs in order and writes their pairs as jobs: captions cleaned, those too short left out, and pairs that
 * came before. Begun again, it writes the same; when all was written, it only lists the jobs.
 */
export async function* gather(curation: Curation, inputs: Inputs): AsyncGenerator<CurateJob, Gathered> {
  const before = await gathered(curation);
  if (before) {
    for (let shard = 0; shard < before.shards; shard++) yield { shard };
    return before;
  }
  const { host, options } = curation;
  const sieve = new Sieve(options);
  let [shard, pairs] = [0, 0];
  let lines: string[] = [];
  const write = async (): Promise<CurateJob> => {
    await host.write(filesOf(curation, shard).pairs, [utf8.encode(`${lines.join("\n")}\n`)]);
    pairs += lines.length;
    lines = [];
    return { shard: shard++ };
  };
  for (const input of options.inputs)
    for await (const line of pairsIn(host, input, inputs, options)) {
      const pair = sieve.pass(line);
      if (pair) lines.push(JSON.stringify(pair));
      if (lines.length === options.shardSize) yield await write();
    }
  if (lines.length > 0) yield await write();
  const { read: count, dropped, remarks } = sieve;
  const all = { read: count, pairs, shards: shard, dropped: dropped.summary(), remarks: remarks.summary() };
  if (count === 0) throw new UserError(`${options.inputs.join(", ")}: there are no pairs of a URL and a caption`);
  await host.write(gatheredFile(curation), jsonBytes(all));
  return all;
}

/** The pairs of a job. */
export async function pairsOf(curation: Curation, { shard }: CurateJob): Promise<ListedPair[]> {
  const text = await readText(curation.host, filesOf(curation, shard).pairs);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as ListedPair);
}

/** But for those that lines end with. */
const controls = /(?![\t\r\n])[\p{Cc}\p{Cs}]/u;

/** Lets pairs pass that are worth downloading. */
class Sieve {
  read = 0;
  readonly dropped = new Reasons();
  readonly remarks = new Reasons();
  readonly #unique: Unique;
  readonly #minCaption: number;
  readonly #seen = new KeySet();

  constructor({ unique, minCaption }: CurateOptions) {
    this.#unique = unique;
    this.#minCaption = minCaption;
  }

  pass(line: ListedPair | UnreadableLine): ListedPair | undefined {
    this.read++;
    if ("problem" in line) return this.#drop(line.problem, line.where);
    const name = line.url.slice(0, longestName);
    if (controls.test(line.caption)) this.remarks.add("caption with control characters", name);
    const caption = cleaned(line.caption);
    if ([...caption].length < this.#minCaption) return this.#drop("caption too short", name);
    const again = this.#again(line.url, caption.toLowerCase());
    return again === undefined ? { ...line, caption } : this.#drop(again, name);
  }

  #drop(reason: string, name: string): undefined {
    this.dropped.add(reason, name);
  }

  /** What was seen before of a pair; from now on, it was. */
  #again(url: string, words: string): string | undefined {
    if (this.#unique === "none") return undefined;
    if (this.#unique === "pair") return this.#seen.add(hash64(url, words)) ? undefined : "URL and caption again";
    if (!this.#seen.add(hash64(url))) return "URL again";
    return this.#unique === "url" || this.#seen.add(hash64("", words)) ? undefined : "caption again";
  }
}

/** Characters of a name in the report. */
const longestName = 500;
