import { UsageError } from "../../../errors.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { decimal, type Options, wholeNumber } from "../options.ts";
import { buildCommand } from "../search/build.ts";
import { duplicatesCommand, infoCommand } from "../search/look.ts";
import { searchCommand } from "../search/search.ts";

export const usage = `index build FOLDER --into INDEX [options]
       latentkit index search INDEX ["WORDS"] [options]
       latentkit index duplicates INDEX [options]
       latentkit index info INDEX

Finds pictures by words and pictures. build embeds all pictures below a folder, and in
WebDataset shards there, by CLIP; run again, it embeds only what is new or changed, and goes on
where it was stopped. An index is a folder or a place in object storage (s3://bucket/index).
After npm install @lancedb/lancedb apache-arrow.

  latentkit index build photos --into photos.index
  latentkit index search photos.index "a red apple" --sheet hits.png
  latentkit index search photos.index --image beach.jpg --plus "at night" --minus people
  latentkit index search photos.index "a bear" --where "width > 640 AND taken > '2024'"
  latentkit index duplicates photos.index --threshold 0.97`;

export const options = {
  into: { type: "string", value: "INDEX", help: "build: the index, made where there is none" },
  image: { type: "string", value: "FILE", multiple: true, help: "search: a picture to look for, words or not" },
  plus: { type: "string", value: "WORDS", multiple: true, help: "search: words that are added to what is looked for" },
  minus: { type: "string", value: "WORDS", multiple: true, help: "search: words that are taken away" },
  lean: {
    type: "string",
    value: "WORDS:WEIGHT",
    multiple: true,
    help: 'search: what comes earlier among alike, as "a beautiful picture:0.5"',
  },
  aesthetic: {
    type: "string",
    value: "HEAD:WEIGHT",
    help: "search: a head of train head; what it scores high comes earlier (weight 0.5 unless said)",
  },
  count: { type: "string", value: "N", help: "search: pictures to find (default 10)" },
  where: {
    type: "string",
    value: "SQL",
    help: "search, duplicates: a condition over id, path, width, height, size, format, caption, taken, camera",
  },
  unique: { type: "boolean", help: "search: leave out near-duplicates of better hits" },
  sheet: { type: "string", value: "FILE", help: "search: a PNG with what was found" },
  threshold: { type: "string", value: "X", help: "duplicates: cosine above which pictures are alike (default 0.94)" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

type Values = Given<typeof options>["values"];

/** Options that belong to one sub-command or two. */
const owners: Readonly<Partial<Record<keyof Values, readonly string[]>>> = {
  into: ["build"],
  image: ["search"],
  plus: ["search"],
  minus: ["search"],
  lean: ["search"],
  aesthetic: ["search"],
  count: ["search"],
  where: ["search", "duplicates"],
  unique: ["search"],
  sheet: ["search"],
  threshold: ["duplicates"],
};

const isGiven = (value: Values[keyof Values]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;

function refuseStrangers(values: Values, action: string): void {
  for (const [name, of] of Object.entries(owners))
    if (isGiven(values[name as keyof Values]) && !of.includes(action))
      throw new UsageError(`--${name} belongs to index ${of.join(" and ")}, not to index ${action}`);
}

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [action = "", place, ...words] = positionals;
  if (!["build", "search", "duplicates", "info"].includes(action))
    throw new UsageError("say what to do: latentkit index build FOLDER --into INDEX, search, duplicates or info");
  refuseStrangers(values, action);
  if (place === undefined)
    throw new UsageError(
      action === "build"
        ? "name a folder of pictures: latentkit index build photos --into photos.index"
        : `name an index: latentkit index ${action} photos.index`,
    );
  if (words.length > (action === "search" ? 1 : 0))
    throw new UsageError(`${words.at(-1)} is one argument too many; put words that belong together in quotes`);
  const engine = engineOf(values);
  const choices = (host: Parameters<typeof choicesOf>[0]) => choicesOf(host, values, context);
  const model = { name: values.model, choices, engine };
  if (action === "build") {
    if (values.into === undefined) throw new UsageError("say where the index is to be: --into photos.index");
    return buildCommand({ folder: place, into: values.into, model }, context);
  }
  if (action === "info") return infoCommand(place, context);
  if (action === "duplicates") {
    const threshold = decimal("threshold", values.threshold, { least: -1, most: 1 });
    return duplicatesCommand({ index: place, threshold, where: values.where, engine }, context);
  }
  const count = wholeNumber("count", values.count, { least: 1, most: 10_000 }) ?? 10;
  const { image, plus, minus, where, unique, sheet } = values;
  const looked = {
    words: words[0],
    images: image,
    plus,
    minus,
    leans: values.lean.map(leanOf),
    aesthetic: aestheticOf(values.aesthetic),
  };
  return searchCommand({ index: place, ...looked, count, where, unique, sheet, model }, context);
}

/** `a beautiful picture:0.5` */
function leanOf(text: string): { text: string; weight: number } {
  const colon = text.lastIndexOf(":");
  const weight = colon > 0 ? decimal("lean", text.slice(colon + 1)) : undefined;
  if (weight === undefined)
    throw new UsageError(`--lean ${JSON.stringify(text)} has no weight: "a beautiful picture:0.5"`);
  return { text: text.slice(0, colon), weight };
}

/** `beauty.safetensors:0.5`, or the file alone. */
function aestheticOf(text: string | undefined): { file: string; weight: number } | undefined {
  const [, file, weight] = /^(.+?)(?::([^:/\\]*))?$/.exec(text ?? "") ?? [];
  return file === undefined ? undefined : { file, weight: decimal("aesthetic", weight) ?? 0.5 };
}
