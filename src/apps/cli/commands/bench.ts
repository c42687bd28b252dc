import { UsageError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Bench, bench } from "../../../pipelines/bench/bench.ts";
import { DiffusionModel } from "../../../pipelines/model/diffusion-model.ts";
import { precisionOf, precisionOption, shownCalibration } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { modelFolder } from "../files.ts";
import type { Options } from "../options.ts";
import { table } from "../table.ts";

export const usage = `bench [MODEL] [options]

Measures how fast a model draws on this machine's CPU, and how near that is to the best it
can do: the time that the same products and convolutions would take at the rates of the
fastest product and the fastest convolution measured here.

  latentkit bench
  latentkit bench sd15 --precision int8 --json`;

export const options = { ...precisionOption, threads: engineOptions.threads } as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError("name one model: latentkit bench MODEL");
  const { threads } = engineOf({ ...values, device: undefined });
  const precision = precisionOf(values);
  const host = nodeHost();
  const folder = await modelFolder(host, name, context);
  const engine = threads === undefined ? {} : { threads };
  const model = await DiffusionModel.open(host, folder, { ...engine, ...shownCalibration(context), precision });
  try {
    const work = bench(host, model, threads);
    let next = await work.next();
    for (; !next.done; next = await work.next()) {
      context.display.progress(next.value);
      context.signal.throwIfAborted();
    }
    context.result({ model: model.name, precision, ...next.value }, describe(next.value));
  } finally {
    await model.close();
  }
}

function describe({ peaks, measures }: Bench): string {
  const rate = (value: number): string => `${(value / 1e9).toFixed(0)} GFLOP/s`;
  const rows = measures.map(({ name, seconds, floor, share }) => [
    name,
    milliseconds(seconds),
    milliseconds(floor),
    `${(100 * share).toFixed(0)} %`,
  ]);
  return [
    table(["part", "ms", "ms at best", "of the best"], rows),
    "",
    `best: products ${rate(peaks.products)}, convolutions ${rate(peaks.convolutions)}, memory ${(peaks.bytes / 1e9).toFixed(1)} GB/s`,
  ].join("\n");
}

const milliseconds = (seconds: number): string => (1000 * seconds).toFixed(seconds < 1 ? 1 : 0);
