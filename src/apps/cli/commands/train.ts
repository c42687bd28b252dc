import { UsageError } from "../../../errors.ts";
import { openData } from "../../../host/node/data.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Progress, train } from "../../../training/loop.ts";
import { openTraining, trainingKinds } from "../../../training/open.ts";
import { readText } from "../../../weights/model-directory.ts";
import type { Context, Given } from "../command.ts";
import type { Options } from "../options.ts";

export const usage = `train ${trainingKinds.join("|")} CONFIG [options]

Trains a model as the JSON file CONFIG says. The state is kept in the config's "out" folder
every few minutes and when the program is stopped; --resume goes on from there and ends at
the same weights as a run that was never stopped.

  latentkit train autoencoder tools/pocket/autoencoder.json
  latentkit train diffusion mine.json --resume`;

export const options = {
  resume: { type: "boolean", help: "go on from the state in the config's out folder" },
} as const satisfies Options;

export async function run(
  { positionals, values }: Given<typeof options>,
  { signal, display, result }: Context,
): Promise<void> {
  const [word, path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name what to train and one config file: latentkit train autoencoder CONFIG");
  const kind = trainingKinds.find((known) => known === word);
  if (!kind) throw new UsageError(`"${word}" cannot be trained; it must be ${trainingKinds.join(", ")}`);
  const host = nodeHost();
  const { training, ...opened } = await openTraining(kind, await readText(host, path), path, { host, openData });
  const { out } = opened.config;
  try {
    const progress = train(training, { ...opened, host, resume: values.resume, signal });
    let next = await progress.next();
    for (; !next.done; next = await progress.next()) {
      const { stage, step, steps } = next.value;
      display.progress({ label: stage, done: step, total: steps, detail: detailOf(next.value) });
    }
    const { finished, step } = next.value;
    result({ out, step, finished }, finished ? `trained: ${out}` : `paused at step ${step}; --resume goes on: ${out}`);
  } finally {
    await training.close();
  }
}

function detailOf({ loss, metrics, perSecond }: Progress): string {
  const others = Object.entries(metrics).filter(([name]) => name !== "loss");
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...others.map(([name, value]) => `${name} ${value.toPrecision(3)}`),
    `${perSecond.toPrecision(3)} pictures/s`,
  ].join(", ");
}
