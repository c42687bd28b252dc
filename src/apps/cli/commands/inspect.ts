import { UsageError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Component, inspect } from "../../../pipelines/inspect.ts";
import type { Context, Given } from "../command.ts";
import type { Options } from "../options.ts";
import { scaled, table } from "../table.ts";

export const usage = `inspect MODEL [options]

Shows what a model directory or a .safetensors file is made of: networks, parameters,
precision, sizes. Reads headers only, so it is quick for files of any size.

  latentkit inspect models/pocket
  latentkit inspect v1-5-pruned.safetensors --json`;

export const options = {} as const satisfies Options;

const precisionOf = ({ precision }: Component): string =>
  Object.entries(precision)
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => dtype)
    .join(", ");

export async function run({ positionals }: Given<typeof options>, { result }: Context): Promise<void> {
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError("name one model directory or .safetensors file: latentkit inspect MODEL");
  const found = await inspect(nodeHost(), path);
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
    `${scaled(found.parameters)} parameters, ${scaled(found.bytes, "B")} of weight files`,
    ...(found.prediction ? [`predicts ${found.prediction}`] : []),
    ...(found.resolution ? [`trained on pictures of ${found.resolution}x${found.resolution}`] : []),
    ...Object.entries(found.metadata ?? {}).map(([key, value]) => `${key}: ${value.slice(0, 100)}`),
  ];
  const kinds = found.components.some(({ kind }) => kind);
  const head = ["part", ...(kinds ? ["class"] : []), "tensors", "parameters", "precision", "weights"];
  result({ ...found }, `${facts.join("\n")}\n\n${table(head, rows)}`);
}
