import type { ListedPair, Spool } from "../../runtime/web-pictures.ts";
import { scoreBy } from "../clip/head.ts";
import { type Settled, writePairs } from "./archive.ts";
import { asReady } from "./as-ready.ts";
import { type CurateJob, type Curation, filesOf, jsonBytes, keyOf } from "./curation.ts";
import { pairsOf } from "./gather.ts";
import { hash64, signed64 } from "./hash64.ts";
import { languageOf } from "./language.ts";
import { encodeRows } from "./parquet.ts";
import { Reasons } from "./reasons.ts";
import { type Row, unknown } from "./row.ts";
import { type ShardStatistics, statisticsOf } from "./statistics.ts";
import type { Tools } from "./tools.ts";

export interface ShardProgress {
  readonly shard: number;
  /** Pairs of which the outcome is known, of so many. */
  readonly done: number;
  readonly total: number;
  readonly kept: number;
}

/**
 * Makes one shard: its pairs are downloaded, looked at and measured, and those that belong together written. The outcome is a
 * function of the job and the options; the statistics come last and say that it is there.
 */
export async function* curateShard(
  curation: Curation,
  job: CurateJob,
  tools: Tools,
  signal?: AbortSignal,
): AsyncGenerator<ShardProgress, ShardStatistics> {
  const { host } = curation;
  const { shard } = job;
  const began = tools.now();
  const pairs = await pairsOf(curation, job);
  const maker = new ShardMaker(curation, tools, await tools.spool(), signal);
  try {
    const settled: Outcome[] = [];
    let kept = 0;
    const works = pairs.map((pair, place) => tools.limit.run(() => maker.settle(pair, keyOf(curation, shard, place))));
    for await (const one of asReady(works)) {
      settled.push(one);
      if (one.place) kept++;
      yield { shard, done: settled.length, total: pairs.length, kept };
    }
    // Whatever came first, files are in the order of the list.
    settled.sort((a, b) => (a.row.key < b.row.key ? -1 : 1));
    const rows = settled.map(({ row }) => row);
    const remarked = new Reasons();
    for (const { row, remarks } of settled) for (const remark of remarks) remarked.add(remark, row.url);
    const files = filesOf(curation, shard);
    const writing = performance.now();
    await host.write(files.tar, writePairs(settled, curation.options.format, maker.spool));
    await host.write(files.rows, [encodeRows(rows)]);
    maker.seconds.write += (performance.now() - writing) / 1000;
    const { bytes, seconds } = maker;
    const times = { start_time: began / 1000, end_time: tools.now() / 1000 };
    const statistics = statisticsOf(rows, { shard, bytes, ...times, seconds, remarks: remarked.summary() });
    await host.write(files.statistics, jsonBytes(statistics));
    return statistics;
  } finally {
    await maker.spool.close();
  }
}

interface Outcome extends Settled {
  /** What was unusual about the picture. */
  readonly remarks: readonly string[];
}

/** What becomes of the pairs of one shard. */
class ShardMaker {
  bytes = 0;
  readonly seconds = { fetch: 0, look: 0, compare: 0, write: 0 };
  readonly spool: Spool;
  readonly #curation: Curation;
  readonly #tools: Tools;
  readonly #signal: AbortSignal | undefined;
  #failure: unknown;

  constructor(curation: Curation, tools: Tools, spool: Spool, signal: AbortSignal | undefined) {
    this.#curation = curation;
    this.#tools = tools;
    this.spool = spool;
    this.#signal = signal;
  }

  /** Throws where the work cannot go on, and from then on for all other pairs too. */
  async settle(pair: ListedPair, key: string): Promise<Outcome> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#signal?.throwIfAborted();
      return await this.#settle(pair, key);
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  /** Fetch, look, measure, keep. */
  async #settle({ url, caption, ...where }: ListedPair, key: string): Promise<Outcome> {
    const language = languageOf(caption);
    const pair = { ...unknown, key, url, caption, language, hash: signed64(hash64(url, caption)) };
    let remarks: Outcome["remarks"] = [];
    const left = (status: Row["status"], reason: string, known: Partial<Row> = {}): Outcome => ({
      row: { ...pair, ...known, status, error_message: reason },
      place: undefined,
      remarks,
    });

    const asked = performance.now();
    const fetched = await this.#tools.fetch({ url, ...where }, this.#signal);
    this.seconds.fetch += (performance.now() - asked) / 1000;
    if ("refused" in fetched) return left("failed_to_download", fetched.refused);
    this.bytes += fetched.bytes.length;

    const { minBytes, minSimilarity, minAesthetic = -Infinity, maxUnsafe = Infinity } = this.#curation.options;
    if (fetched.bytes.length < minBytes) {
      fetched.release();
      return left("filtered", `file of less than ${minBytes} bytes`);
    }

    const { sha256, seen, milliseconds } = await this.#tools.look(fetched.bytes).finally(fetched.release);
    this.seconds.look += milliseconds / 1000;
    const file = {
      sha256,
      original_width: seen.original?.width ?? null,
      original_height: seen.original?.height ?? null,
    };
    if ("reason" in seen) return left(seen.status, seen.reason, file);
    ({ remarks } = seen);

    const compared = await this.#tools.compare(seen.pixels, seen.pixelsShape, caption);
    this.seconds.compare += compared.milliseconds / 1000;
    const { width, height, phash, colours, encoded } = seen;
    const { similarity, ...scores } = this.#measures(compared);
    const known = { ...file, width, height, phash, colours, similarity, ...scores };

    if (similarity < minSimilarity) return left("filtered", `similarity below ${minSimilarity}`, known);
    if ((scores.aesthetic ?? Infinity) < minAesthetic)
      return left("filtered", `aesthetic score below ${minAesthetic}`, known);
    if ((scores.punsafe ?? 0) > maxUnsafe) return left("filtered", `unsafe above ${maxUnsafe}`, known);

    const writing = performance.now();
    const start = await this.spool.append(encoded);
    this.seconds.write += (performance.now() - writing) / 1000;
    const place = { start, end: start + encoded.length };
    return { row: { ...pair, ...known, status: "success", error_message: null }, place, remarks };
  }

  #measures({ similarity, vector }: { readonly similarity: number; readonly vector: Float32Array }) {
    const { aesthetic, safety } = this.#tools;
    return {
      // As the columns hold them.
      similarity: Math.fround(similarity),
      aesthetic: aesthetic ? Math.fround(scoreBy(aesthetic, vector)) : null,
      punsafe: safety ? Math.fround(scoreBy(safety, vector)) : null,
    };
  }
}
