import { join } from "node:path";
import { UsageError, UserError } from "../../../errors.ts";
import { cacheFolder } from "../../../host/node/cache-folder.ts";
import { nodeHost } from "../../../host/node.ts";
import { classifyAll } from "../../../pipelines/clip/classify.ts";
import { ClipModel } from "../../../pipelines/clip/clip.ts";
import { type LabelSet, readLabels } from "../../../pipelines/clip/labels.ts";
import { Tally } from "../../../pipelines/clip/tally.ts";
import { type TemplateSet, templateSets } from "../../../pipelines/clip/templates.ts";
import type { Host } from "../../../runtime/host.ts";
import { readText } from "../../../weights/model-directory.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import { formatOf, type Row, resultTable, truthText } from "../classified.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { checkWritable, modelFolder } from "../files.ts";
import { choice, type Options, wholeNumber } from "../options.ts";
import { labelOfFolder, pictureFiles } from "../picture-files.ts";

export const usage = `classify PICTURE… --labels "LABEL,LABEL" [options]

Tells which of the labels pictures show, by CLIP alone (zero-shot). A picture may be a folder:
all below it are meant. Those that cannot be read are counted and named. With --truth folders
the names of the pictures' folders are what they show, and the labels where none are given.

A share is of all labels, by the model's own temperature. With --multi each label is weighed
by itself against "something" in its place, and above 50 % is nearer to the picture than that.

  latentkit classify photo.jpg --labels "bear,apple,house"
  latentkit classify *.png --labels labels.txt --template "a drawing of a {}" --top 3
  latentkit classify holiday --labels labels.txt --templates imagenet -o holiday.csv
  latentkit classify animals --truth folders`;

const setNames = Object.keys(templateSets) as TemplateSet[];

export const options = {
  labels: {
    type: "string",
    value: "LIST",
    help: "labels with commas between, or a .txt file (or @FILE): one in a line",
  },
  template: {
    type: "string",
    value: "TEXT",
    multiple: true,
    help: 'the text of a label, {} being the label; several are averaged (default "a picture of a {}")',
  },
  templates: {
    type: "string",
    value: "NAME",
    help: `${setNames.join(", ")}: OpenAI's seven templates for photographs`,
  },
  multi: { type: "boolean", help: "judge each label by itself: a picture may show several, or none" },
  top: { type: "string", value: "N", help: "labels to show of each picture (default 5)" },
  truth: { type: "string", value: "folders", help: "measure how often the names of the pictures' folders are found" },
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: "a .csv or .jsonl for the results, a line for each picture",
  },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

type Values = Given<typeof options>["values"];

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  if (positionals.length === 0)
    throw new UsageError('name pictures: latentkit classify bear.png --labels "bear,apple"');
  const top = wholeNumber("top", values.top, { least: 1 }) ?? 5;
  const templates = templatesOf(values);
  const hasTruth = choice("truth", values.truth, ["folders"]) !== undefined;
  const format = values.output === undefined ? undefined : formatOf(values.output, top, hasTruth);
  if (values.output !== undefined) await checkWritable(values.output);
  const engine = engineOf(values);
  const host = nodeHost();
  const given = await labelsOf(host, values.labels, hasTruth);
  const files = await pictureFiles(positionals);
  const labels = given ?? [...new Set(files.map(labelOfFolder))].sort();
  const model = await ClipModel.open(host, await modelFolder(host, values.model, context), {
    ...engine,
    ...(await choicesOf(host, values, context)),
  });
  for (const note of model.notes) context.display.note(note);
  try {
    const set = await shownLabels(model, labels, templates, context);
    const report = new Report(files.length, new Set(labels), top, hasTruth, context);
    const rows = report.follow(model, files, set, values.multi);
    const kept: Row[] = [];
    if (values.output !== undefined && format) await host.write(values.output, lines(format, rows));
    else for await (const row of rows) kept.push(row);
    const about = { model: model.folder, templates, multi: values.multi };
    context.result(
      { ...about, ...(format ? { output: values.output } : { results: kept.filter(isRead) }), ...report.summary() },
      [...(format ? [`${files.length} pictures: ${values.output}`] : [resultTable(kept)]), ...report.texts()].join(
        "\n\n",
      ),
    );
  } finally {
    await model.close();
  }
}

const isRead = (row: Row): boolean => "labels" in row;

async function* lines(format: ReturnType<typeof formatOf>, rows: AsyncIterable<Row>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(format.head);
  for await (const row of rows) yield encoder.encode(format.line(row));
}

/** Unreadable pictures that are named as they come. */
const named = 10;

/** What is known of all pictures together, while they come. */
class Report {
  readonly #total: number;
  readonly #labels: ReadonlySet<string>;
  readonly #top: number;
  readonly #context: Context;
  readonly #tally: Tally | undefined;
  readonly #unreadable: { image: string; reason: string }[] = [];
  #unlabelled = 0;

  constructor(total: number, labels: ReadonlySet<string>, top: number, hasTruth: boolean, context: Context) {
    this.#total = total;
    this.#labels = labels;
    this.#top = top;
    this.#context = context;
    this.#tally = hasTruth ? new Tally() : undefined;
  }

  async *follow(model: ClipModel, files: readonly string[], set: LabelSet, independent: boolean): AsyncGenerator<Row> {
    const { display, signal } = this.#context;
    const sources = files.map((path) => ({ name: path, picture: () => path }));
    const best = this.#tally ? Math.max(this.#top, 5) : this.#top;
    let done = 0;
    display.progress({ label: "classifying", done, total: this.#total });
    for await (const found of classifyAll(model, sources, set, { independent, top: best })) {
      signal.throwIfAborted();
      const image = found.picture.name;
      const truth = this.#tally && labelOfFolder(image);
      const of = { image, ...(truth !== undefined && { truth }) };
      if ("unreadable" in found) {
        this.#unreadable.push({ image, reason: found.unreadable });
        if (this.#total === 1) throw new UserError(found.unreadable);
        if (this.#unreadable.length <= named) display.note(`left out: ${found.unreadable}`);
        yield { ...of, unreadable: found.unreadable };
      } else {
        if (truth !== undefined && this.#labels.has(truth))
          this.#tally?.add(
            truth,
            found.guesses.map(({ label }) => label),
          );
        else if (this.#tally) this.#unlabelled++;
        yield { ...of, labels: found.guesses.slice(0, this.#top) };
      }
      display.progress({ label: "classifying", done: ++done, total: this.#total });
    }
    const [first] = this.#unreadable;
    if (first && this.#unreadable.length === this.#total)
      throw new UserError(`none of the ${this.#total} pictures can be read; the first: ${first.reason}`);
  }

  summary(): Readonly<Record<string, unknown>> {
    const truth = this.#tally && { truth: { ...this.#tally.result(), unlabelled: this.#unlabelled } };
    return { pictures: this.#total, unreadable: this.#unreadable, ...truth };
  }

  texts(): string[] {
    const { length } = this.#unreadable;
    const unlabelled = this.#unlabelled;
    return [
      ...(length > 0 ? [`${length} of ${this.#total} pictures could not be read`] : []),
      ...(unlabelled > 0 ? [`${unlabelled} pictures lie in folders whose names are no labels`] : []),
      ...(this.#tally ? [truthText(this.#tally.result())] : []),
    ];
  }
}

function templatesOf({ template, templates }: Values): readonly string[] {
  const set = choice("templates", templates, setNames);
  const all = [...(set ? templateSets[set] : []), ...template];
  for (const one of template)
    if (!one.includes("{}")) throw new UsageError(`--template "${one}" has no {} for the label`);
  return all.length > 0 ? all : ["a picture of a {}"];
}

async function shownLabels(
  model: ClipModel,
  labels: readonly string[],
  templates: readonly string[],
  { display, signal }: Context,
): Promise<LabelSet> {
  const reading = readLabels(model, labels, templates, join(cacheFolder(), "labels"));
  let next = await reading.next();
  for (; !next.done; next = await reading.next()) {
    display.progress({ label: "reading labels", ...next.value });
    signal.throwIfAborted();
  }
  return next.value;
}

/** Undefined where the folders' names are the labels. */
async function labelsOf(host: Host, given: string | undefined, hasTruth: boolean): Promise<string[] | undefined> {
  if (given === undefined && hasTruth) return undefined;
  if (given === undefined)
    throw new UsageError('say which labels there are: --labels "bear,apple" or --labels labels.txt');
  const file = given.startsWith("@") ? given.slice(1) : given.endsWith(".txt") ? given : undefined;
  const all = file === undefined ? given.split(",") : (await readText(host, file)).split(/\r?\n/);
  const labels = [...new Set(all.map((line) => line.trim()).filter((line) => line !== ""))];
  if (labels.length === 0) throw new UserError(`--labels ${given} names no label`);
  return labels;
}
