import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { figureRows } from "../../src/apps/cli/commands/evaluate.ts";
import type { Evaluation } from "../../src/index.ts";

const section = /(<!-- figures -->\n).*?(<!-- end of figures -->)/s;

/** Puts the figures that `latentkit evaluate --json` printed between a document's marks. */
export function withFigures(document: string, evaluation: Evaluation): string {
  if (!section.test(document)) throw new Error("the document has no <!-- figures --> section");
  const head = [["figure", "pictures of", "count", "value"], Array<string>(4).fill("---")];
  const lines = [...head, ...figureRows(evaluation)].map((cells) => `| ${cells.join(" | ")} |`);
  const { generation: how } = evaluation;
  const drawn = how && `Drawn with ${how.sampler}, ${how.steps} steps, guidance ${how.guidance}, seed ${how.seed}.`;
  const text = ["", ...lines, "", ...(drawn ? [drawn, ""] : [])].join("\n");
  return document.replace(section, (_, start: string, end: string) => `${start}${text}\n${end}`);
}

const [, script, file] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (file === undefined) throw new Error("usage: npx tsx tools/readme/figures.ts evaluation.json");
  const evaluation = JSON.parse(readFileSync(file, "utf8")) as Evaluation;
  for (const path of ["README.md", "docs/pocket.md"])
    writeFileSync(path, withFigures(readFileSync(path, "utf8"), evaluation));
}
