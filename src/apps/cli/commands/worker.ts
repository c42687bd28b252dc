import { once } from "node:events";
import { UsageError } from "../../../errors.ts";
import { openQueue } from "../../../host/node/queue/queue.ts";
import { workOn } from "../../../pipelines/curate/shared.ts";
import type { Context, Given } from "../command.ts";
import { shardWorker } from "../curation/worker.ts";
import { engineOf, engineOptions } from "../engine.ts";
import type { Options } from "../options.ts";

export const usage = `worker --database postgres://USER:PASSWORD@HOST/NAME [options]

Does what is queued in a PostgreSQL, until it is stopped: shards of data sets that
latentkit curate … --database puts there. Any number of workers on any machines share the work,
and what one that dies was doing is done by another a minute later. The folder of a data set
must have the same path for all of them. After npm install pg-boss pg.

  latentkit worker --database postgres://curator:secret@db.local/curation`;

const { device, threads } = engineOptions;

export const options = {
  database: { type: "string", value: "URL", help: "where the queue is" },
  device,
  threads,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  if (values.database === undefined)
    throw new UsageError("say where the queue is: --database postgres://user:password@host/name");
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is one argument too many`);
  const { signal, display } = context;
  let shards = 0;
  const told = (made: string): void => {
    shards++;
    display.note(made);
  };
  // Pictures are decoded beside it, on the same processors.
  const worker = shardWorker({ ...engineOf(values), patient: true }, told, context);
  const queue = await openQueue(values.database, { remark: (text) => display.note(text) });
  try {
    display.note("waiting for work; Ctrl+C stops");
    const working = await workOn(queue, worker);
    if (!signal.aborted) await once(signal, "abort");
    await working.stop();
  } finally {
    await worker.close();
    await queue.close();
  }
  context.result({ shards }, `made ${shards} shards`);
}
