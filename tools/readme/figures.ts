import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { figureRows } from "../../src/apps/cli/commands/evaluate.ts";
import type { Evaluation } from "../../src/index.ts";

const section = /(<!-- figures -->\n).*?(<!-- end of figures -->)/s;

/** Puts the figures that `latentkit evaluate --json` printed between a document's marks. */
export function withFigures(document: string, evaluation: Evaluation): string {
  if (!section.test(document)) throw new Error("the document has no <!-- figures --> section");
  const rows = [["figure", "pictures of", "count", "value"], ...figureRows(evaluation)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const [head, ...lines] = rows.map((cells) => line(cells.map((cell, column) => cell.padEnd(widths[column]!))));
  const table = [head!, line(widths.map((width) => "-".repeat(width))), ...lines];
  const how = evaluation.generation ?? evaluation.music;
  const drawn = how && `Drawn with ${how.sampler}, ${how.steps} steps, guidance ${how.guidance}, seed ${how.seed}.`;
  const text = ["", ...table, "", ...(drawn ? [drawn, ""] : [])].join("\n");
  return document.replace(section, (_, start: string, end: string) => `${start}${text}\n${end}`);
}

const [, script, file, ...documents] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (file === undefined) throw new Error("usage: npx tsx tools/readme/figures.ts evaluation.json [document …]");
  const evaluation = JSON.parse(readFileSync(file, "utf8")) as Evaluation;
  for (const path of documents.length > 0 ? documents : ["README.md", "docs/pocket.md"])
    writeFileSync(path, withFigures(readFileSync(path, "utf8"), evaluation));
}
