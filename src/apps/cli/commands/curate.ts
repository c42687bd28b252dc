import { join, resolve } from "node:path";
import { UsageError, UserError } from "../../../errors.ts";
import { pairLists } from "../../../host/node/curate/lists.ts";
import { removeParts } from "../../../host/node/files.ts";
import { openQueue } from "../../../host/node/queue/queue.ts";
import { walk } from "../../../host/node/walk.ts";
import { curate } from "../../../pipelines/curate/curate.ts";
import { beginCuration } from "../../../pipelines/curate/curation.ts";
import type { CurateReport } from "../../../pipelines/curate/report.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Queue } from "../../../runtime/queue.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { curateOptions, curateOptionsOf, fetchOptions, fetchOptionsOf } from "../curation/options.ts";
import { openTools } from "../curation/tools.ts";
import { shardWorker } from "../curation/worker.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { isFolder } from "../files.ts";
import type { Options } from "../options.ts";
import { openModel } from "../search/open.ts";
import { table } from "../table.ts";

export const usage = `curate PAIRS… --out DIR [options]

Makes a data set of pictures and captions that belong together, as LAION did: downloads the
pictures of lists of URL and caption (CSV, TSV, JSON lines, Parquet; .gz too), of web archives
(WARC, WAT: <img alt>) or takes those of folders with captions, leaves out what is broken, too
small, there twice, or not what its caption says by CLIP, and writes WebDataset shards (.tar) with
what is known of every pair (.parquet), statistics (.json) and a report. Stopped or killed
anywhere, the same command goes on. With --database the shards are made by this process and by
all latentkit workers of that PostgreSQL.

  latentkit curate pairs.csv --out data
  latentkit curate crawl.warc.gz more.parquet --out data --min-similarity 0.3 --size 512
  latentkit curate pairs.csv --out /shared/data --database postgres://curator:secret@db.local/curation
  latentkit curate photos --out data --resize center_crop --model openai/clip-vit-base-patch32`;

export const options = {
  out: { type: "string", value: "DIR", help: "folder of the data set" },
  ...curateOptions,
  ...fetchOptions,
  database: {
    type: "string",
    value: "URL",
    help: "share the work by the queue in this PostgreSQL (or in a folder, for this process alone)",
  },
  "workers-only": { type: "boolean", help: "with --database: leave it to latentkit workers" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

export async function run({ values, positionals: inputs }: Given<typeof options>, context: Context): Promise<void> {
  if (inputs.length === 0) throw new UsageError("name lists of pairs or folders: latentkit curate pairs.csv --out DIR");
  if (values.out === undefined) throw new UsageError("say where the data set is to be: --out DIR");
  if (values["workers-only"] && values.database === undefined)
    throw new UsageError("--workers-only needs workers: say where they find their work with --database");
  const { signal, display } = context;
  const given = {
    name: values.model,
    choices: (host: Parameters<typeof choicesOf>[0]) => choicesOf(host, values, context),
    // Pictures are decoded beside it, on the same processors.
    engine: { ...engineOf(values), patient: true },
  };
  const fetching = fetchOptionsOf(values);
  const { host, model, identity } = await openModel(given, "pocket", context);
  let queue: Queue | undefined;
  const worker = values["workers-only"] ? undefined : shardWorker(given.engine, (made) => display.note(made), context);
  try {
    const wanted = curateOptionsOf(values, inputs, identity);
    for (const input of wanted.inputs) await checkInput(host, input);
    const out = resolve(values.out);
    const curation = await beginCuration(host, out, wanted, fetching);
    await removePartsIn(out);
    if (values.database !== undefined)
      queue = await openQueue(values.database, { remark: (text) => display.note(text) });
    const steps = curate({
      curation,
      inputs: { lists: pairLists, walk },
      openTools: () => openTools(curation, model),
      sharing: queue && { queue, worker },
      signal,
    });
    for (;;) {
      const step = await steps.next();
      if (step.done) {
        await removePartsIn(out);
        return context.result({ out, ...step.value }, describe(values.out, step.value));
      }
      const { stage, done, total, kept, working } = step.value;
      const detail = working === undefined ? `${kept} kept` : `${working} in the making`;
      display.progress({ label: stage, done, total, ...(stage === "curating" && { detail }) });
    }
  } finally {
    await worker?.close();
    await queue?.close();
    await model.close();
  }
}

/** What is too young at the start of a run to be told from others' work is old at its end. */
async function removePartsIn(out: string): Promise<void> {
  for (const folder of [out, join(out, "pairs")]) await removeParts(folder);
}

async function checkInput(host: Host, input: string): Promise<void> {
  if (!(await host.exists(input))) throw new UserError(`there is no ${input}: name a list or a folder`);
  if (!pairLists.matches(input) && !(await isFolder(input)))
    throw new UserError(
      `${input} is no list that can be read: it must end in .csv, .tsv, .jsonl, .parquet, .warc or .wat, or be a folder`,
    );
}

/** Reasons that are shown on a terminal; the report has all. */
const mostShown = 12;

function describe(out: string, { gathered, total, kept, shards, elapsed, pairsPerSecond }: CurateReport): string {
  const counts = Object.entries({ ...gathered.dropped, ...total.reasons }).map(
    ([reason, { count }]) => [count, reason] as const,
  );
  const rows = counts.sort(([a], [b]) => b - a).slice(0, mostShown);
  return [
    `${out}: ${kept} of ${gathered.read} pairs in ${shards} shards, ${pairsPerSecond.toFixed(0)} pairs/s for ${elapsed.toFixed(0)} s`,
    ...(rows.length === 0
      ? []
      : [
          table(
            ["left out", "why"],
            rows.map(([count, reason]) => [String(count), reason]),
          ),
        ]),
    `report: ${out}/report.html`,
  ].join("\n");
}
