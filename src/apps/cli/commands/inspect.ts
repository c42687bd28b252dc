import { UsageError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Component, inspect } from "../../../pipelines/inspect.ts";
import type { Context, Given } from "../command.ts";
import { modelFolder } from "../files.ts";
import type { Options } from "../options.ts";
import { scaled, table } from "../table.ts";

export const usage = `inspect MODEL [options]

Shows what a model directory or a weight file is made of: networks, parameters, precision,
sizes, and what its writer noted. Nothing in a pickle is run.

  latentkit inspect models/pocket
  latentkit inspect v1-5-pruned.ckpt --json`;

export const options = {} as const satisfies Options;

const precisionOf = ({ precision }: Component): string =>
  Object.entries(precision)
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => dtype)
    .join(", ");

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
};

export async function run({ positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name one model directory or weight file: latentkit inspect MODEL");
  const host = nodeHost();
  const found = await inspect(host, await modelFolder(host, path, context));
  const rows = found.components.map((part) => [
    part.name,
    ...(part.kind ? [part.kind] : []),
    String(part.tensors),
    scaled(part.parameters),
    precisionOf(part),
    scaled(part.bytes, "B"),
  ]);
  const facts = [
    `${found.path}: ${found.family}`,
    `${scaled(found.parameters)} parameters, ${scaled(found.bytes, "B")} ${found.format ? `as ${found.format}` : "of weight files"}`,
    ...(found.prediction ? [`predicts ${found.prediction}`] : []),
    ...(found.resolution ? [`trained on pictures of ${found.resolution}x${found.resolution}`] : []),
    ...(found.drawing ? [`draws with ${found.drawing.steps} steps, guidance ${found.drawing.guidance}`] : []),
    ...(found.notes ?? []),
    ...Object.entries(found.metadata ?? {}).map(([key, value]) => `${key}: ${shortened(value)}`),
  ];
  const kinds = found.components.some(({ kind }) => kind);
  const head = ["part", ...(kinds ? ["class"] : []), "tensors", "parameters", "precision", "weights"];
  context.result({ ...found }, `${facts.join("\n")}\n\n${table(head, rows)}`);
}
