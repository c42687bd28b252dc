import { UsageError, UserError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { ClipModel, classify } from "../../../pipelines/clip/clip.ts";
import type { Host } from "../../../runtime/host.ts";
import { readText } from "../../../weights/model-directory.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { modelFolder, readPicture } from "../files.ts";
import { type Options, wholeNumber } from "../options.ts";
import { table } from "../table.ts";

export const usage = `classify PICTURE… --labels "LABEL,LABEL" [options]

Tells which of the labels pictures show, by CLIP alone (zero-shot).

  latentkit classify photo.jpg --labels "bear,apple,house"
  latentkit classify *.png --labels @labels.txt --template "a drawing of a {}" --top 3`;

export const options = {
  labels: { type: "string", value: "LIST", help: "labels with commas between, or @FILE with one in a line" },
  template: {
    type: "string",
    value: "TEXT",
    multiple: true,
    help: 'the text of a label, {} being the label; several are averaged (default "a picture of a {}")',
  },
  top: { type: "string", value: "N", help: "labels to show of each picture (default 5)" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  if (positionals.length === 0)
    throw new UsageError('name pictures: latentkit classify bear.png --labels "bear,apple"');
  const top = wholeNumber("top", values.top, { least: 1 }) ?? 5;
  const templates = values.template.length > 0 ? values.template : ["a picture of a {}"];
  for (const template of templates)
    if (!template.includes("{}")) throw new UsageError(`--template "${template}" has no {} for the label`);
  const engine = engineOf(values);
  const host = nodeHost();
  const labels = await readLabels(host, values.labels);
  const model = await ClipModel.open(host, await modelFolder(host, values.model, context), {
    ...engine,
    ...(await choicesOf(host, values, context)),
  });
  for (const note of model.notes) context.display.note(note);
  try {
    const pictures = await Promise.all(positionals.map((path) => readPicture(host, path)));
    const guesses = await classify(model, pictures, labels, templates);
    const results = positionals.map((image, i) => ({ image, labels: guesses[i]!.slice(0, top) }));
    const rows = results.flatMap(({ image, labels: best }) =>
      best.map(({ label, share, cosine }, rank) => [rank === 0 ? image : "", label, percent(share), cosine.toFixed(3)]),
    );
    context.result({ model: model.folder, templates, results }, table(["picture", "label", "share", "cosine"], rows));
  } finally {
    await model.close();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

async function readLabels(host: Host, given: string | undefined): Promise<string[]> {
  if (given === undefined) throw new UsageError('say which labels there are: --labels "bear,apple" or --labels @FILE');
  const lines = given.startsWith("@") ? (await readText(host, given.slice(1))).split(/\r?\n/) : given.split(",");
  const labels = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ""))];
  if (labels.length === 0) throw new UserError(`--labels ${given} names no label`);
  return labels;
}
