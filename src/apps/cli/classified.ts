import { extname } from "node:path";
import { UsageError } from "../../errors.ts";
import type { Guess } from "../../pipelines/clip/classify.ts";
import type { TallyResult } from "../../pipelines/clip/tally.ts";
import { table } from "./table.ts";

/** What became of one picture; `truth` is what it shows, where that is known. */
export type Row = { readonly image: string; readonly truth?: string } & (
  | { readonly labels: readonly Guess[] }
  | { readonly unreadable: string }
);

/** How rows become the lines of a file. */
export interface Format {
  readonly head: string;
  line(row: Row): string;
}

/** The format that a file's ending stands for. */
export function formatOf(path: string, top: number, hasTruth: boolean): Format {
  switch (extname(path).toLowerCase()) {
    case ".jsonl":
      return { head: "", line: (row) => `${JSON.stringify(row)}\n` };
    case ".csv":
      return csv(top, hasTruth);
    default:
      throw new UsageError(`--output ${path} does not end in .csv or .jsonl, which decide the format`);
  }
}

function csv(top: number, hasTruth: boolean): Format {
  const ranks = Array.from({ length: top }, (_, i) => i);
  const columns = ranks.flatMap((i) => [`label_${i + 1}`, `share_${i + 1}`, `cosine_${i + 1}`]);
  const joined = (cells: readonly string[]): string => `${cells.map(cell).join(",")}\r\n`;
  return {
    head: joined(["image", ...(hasTruth ? ["truth"] : []), ...columns, "unreadable"]),
    line(row) {
      const guesses = "labels" in row ? row.labels : [];
      const found = ranks.flatMap((i) => {
        const guess = guesses[i];
        return guess ? [guess.label, guess.share.toFixed(6), guess.cosine.toFixed(6)] : ["", "", ""];
      });
      const truth = hasTruth ? [row.truth ?? ""] : [];
      return joined([row.image, ...truth, ...found, "unreadable" in row ? row.unreadable : ""]);
    },
  };
}

/** RFC 4180. */
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The likeliest labels of each picture. */
export function resultTable(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) =>
    "labels" in row
      ? row.labels.map(({ label, share, cosine }, rank) => [
          rank === 0 ? row.image : "",
          label,
          percent(share),
          cosine.toFixed(3),
        ])
      : [],
  );
  return table(["picture", "label", "share", "cosine"], lines);
}

/** Labels up to which all of the confusion is shown. */
const fewLabels = 10;
const mistakesShown = 10;

/** Accuracy, and which labels were taken for which. */
export function truthText({ pictures, top1, top5, confusion }: TallyResult): string {
  const accuracy = `right first: ${percent(top1)}, among five: ${percent(top5)} of ${pictures} pictures`;
  const names = [...new Set(confusion.flatMap(({ truth, guess }) => [truth, guess]))].sort();
  if (names.length <= fewLabels) {
    const count = (truth: string, guess: string): string =>
      String(confusion.find((one) => one.truth === truth && one.guess === guess)?.count ?? 0);
    const rows = names.map((truth) => [truth, ...names.map((guess) => count(truth, guess))]);
    return `${accuracy}\n\n${table(["shows \\ taken for", ...names], rows)}`;
  }
  const mistakes = confusion.filter(({ truth, guess }) => truth !== guess).slice(0, mistakesShown);
  const rows = mistakes.map(({ truth, guess, count }) => [truth, guess, String(count)]);
  return `${accuracy}\n\n${table(["shows", "taken for", "pictures"], rows)}`;
}
