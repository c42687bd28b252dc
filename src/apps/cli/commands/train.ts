import { UsageError } from "../../../errors.ts";
import { openData } from "../../../host/node/data.ts";
import { nodeHost } from "../../../host/node.ts";
import type { Host } from "../../../runtime/host.ts";
import { type Progress, train } from "../../../training/loop.ts";
import { openTraining, trainingKinds } from "../../../training/open.ts";
import { readText } from "../../../weights/model-directory.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { type TrainHeadCommand, trainHeadCommand } from "../heads/train.ts";
import type { Options } from "../options.ts";

export const usage = `train ${trainingKinds.join("|")} CONFIG [--resume]
       latentkit train head PICTURES -o HEAD.safetensors [options]

Trains a model as the JSON file CONFIG says. The state is kept in the config's "out" folder
every few minutes and when the program is stopped; --resume goes on from there and ends at
the same weights as a run that was never stopped.

A head scores pictures by the vectors that a CLIP has for them, for index search and curate.
PICTURES is a folder of folders, whose names are scores or classes, or a CSV file with the
columns file and score (or label). It says how well heads judge pictures that were left out.

  latentkit train autoencoder tools/pocket/autoencoder.json
  latentkit train diffusion mine.json --resume
  latentkit train head ratings.csv -o aesthetic.safetensors
  latentkit train head pictures --of unsafe -o safety.safetensors`;

export const options = {
  resume: { type: "boolean", help: "go on from the state in the config's out folder" },
  output: { type: "string", short: "o", value: "FILE", help: "head: the .safetensors file for it" },
  of: { type: "string", value: "NAME", help: "head: the class whose probability it is to tell; scores without" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

export async function run({ positionals, values }: Given<typeof options>, context: Context): Promise<void> {
  const [word, path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name what to train and one config file: latentkit train autoencoder CONFIG");
  if (word === "head") return trainHeadCommand(headOf(path, values, context), context);
  const stranger = (["output", "of", "model", "device", "threads", "tokenizer", "activation"] as const).find(
    (name) => values[name] !== undefined,
  );
  if (stranger !== undefined) throw new UsageError(`--${stranger} belongs to train head; ${path} says the rest`);
  const kind = trainingKinds.find((known) => known === word);
  if (!kind) throw new UsageError(`"${word}" cannot be trained; it must be ${trainingKinds.join(", ")} or head`);
  const { signal, display, result } = context;
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

function headOf(place: string, values: Given<typeof options>["values"], context: Context): TrainHeadCommand {
  const { output, of, model: name, resume } = values;
  if (output === undefined) throw new UsageError("say where the head is to be: --output head.safetensors");
  if (resume) throw new UsageError("--resume does not belong to train head: what was embedded is kept anyway");
  const choices = (host: Host) => choicesOf(host, values, context);
  return { place, output, of, model: { name, choices, engine: engineOf(values) } };
}

function detailOf({ loss, metrics, perSecond }: Progress): string {
  const others = Object.entries(metrics).filter(([name]) => name !== "loss");
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...others.map(([name, value]) => `${name} ${value.toPrecision(3)}`),
    `${perSecond.toPrecision(3)} pictures/s`,
  ].join(", ");
}
