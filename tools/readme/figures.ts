import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { figureColumns, figureRows, mannerOf } from "../../src/apps/cli/figures.ts";
import type { Evaluation } from "../../src/index.ts";

const section = /(<!-- figures -->\n).*?(<!-- end of figures -->)/s;

/**
 * Puts the figures that `latentkit evaluate --json` printed between a document's marks; values of further evaluations, such
 * as in eight bits or in four steps, beside those of the first.
 */
export function withFigures(document: string, evaluation: Evaluation, others: readonly Evaluation[] = []): string {
  if (!section.test(document)) throw new Error("the document has no <!-- figures --> section");
  const values = others.map((other) => new Map(figureRows(other).map((row) => [keyOf(row), row.at(-1)!])));
  const rows = [
    [...figureColumns, ...others.map((other) => headOf(other, evaluation))],
    ...figureRows(evaluation).map((row) => [...row, ...values.map((of) => of.get(keyOf(row)) ?? "")]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [head, ...lines] = rows.map((cells) => line(cells.map((cell, column) => cell.padEnd(widths[column]!))));
  const table = [head!, line(widths.map((width) => "-".repeat(width))), ...lines];
  const manners = [evaluation, ...others].flatMap((one) => mannerOf(one) ?? []);
  const drawn =
    manners.length > 0 ? [`Drawn with ${manners.join("; ")}. In brackets: what real pictures come to.`, ""] : [];
  const text = ["", ...table, "", ...drawn].join("\n");
  return document.replace(section, (_, start: string, end: string) => `${start}${text}\n${end}`);
}

/** Of what, on which pictures, how many. */
const keyOf = (row: readonly string[]): string => row.slice(0, 3).join(" | ");

/** What tells an evaluation from the first. */
function headOf(one: Evaluation, first: Evaluation): string {
  const steps = ({ generation, music }: Evaluation) => (generation ?? music)?.steps;
  const told = [
    ...(one.precision === first.precision ? [] : [one.precision]),
    ...(steps(one) === steps(first) ? [] : [`${steps(one)} steps`]),
  ];
  return told.join(", ") || "other";
}

const [, script, ...files] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  const [first, ...others] = files
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as Evaluation);
  if (!first) throw new Error("usage: npx tsx tools/readme/figures.ts evaluation.json [other.json …] [document …]");
  const documents = files.filter((file) => !file.endsWith(".json"));
  for (const path of documents.length > 0 ? documents : ["README.md", "docs/pocket.md"])
    writeFileSync(path, withFigures(readFileSync(path, "utf8"), first, others));
}
