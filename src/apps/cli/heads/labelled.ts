import { readdir } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { UsageError, UserError } from "../../../errors.ts";
import type { Head } from "../../../pipelines/clip/head.ts";
import type { Labelled } from "../../../pipelines/clip/train-head.ts";
import type { Host } from "../../../runtime/host.ts";
import { readText } from "../../../weights/model-directory.ts";
import { isFolder } from "../files.ts";
import { pictureFiles } from "../picture-files.ts";

/** Labelled pictures, and what a head is to tell of one. */
export interface LabelledPictures {
  readonly kind: Head["kind"];
  readonly pictures: readonly Labelled[];
}

/** Names of columns with files, and with what is said of them. */
const columns = {
  file: ["file", "file_name", "filename", "path", "picture", "image"],
  score: ["score", "rating", "aesthetic"],
  label: ["label", "class"],
} as const;

/**
 * Reads a folder of folders, or a CSV file. Folders whose names are numbers are scores; of others, or of labels in a CSV, `of`
 * names the one whose probability is wanted. Throws a UserError that says what is missing.
 */
export async function labelledPictures(host: Host, place: string, of: string | undefined): Promise<LabelledPictures> {
  return (await isFolder(place)) ? inFolders(place, of) : inTable(host, place, of);
}

async function inFolders(folder: string, of: string | undefined): Promise<LabelledPictures> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .flatMap((entry) => (entry.isDirectory() ? entry.name : []))
    .sort();
  if (names.length < 2)
    throw new UserError(`${folder} needs a folder of pictures for each class or score, but has ${names.length}`);
  const isScore = of === undefined && names.every((name) => isNumber(name));
  if (!isScore && (of === undefined || !names.includes(of)))
    throw new UsageError(`say of which folder the probability is to be: --of ${names.join(", or --of ")}`);
  const pictures: Labelled[] = [];
  for (const name of names)
    for (const path of await pictureFiles([join(folder, name)]))
      pictures.push({ path, target: isScore ? Number(name) : Number(name === of) });
  return { kind: isScore ? "score" : "probability", pictures };
}

async function inTable(host: Host, path: string, of: string | undefined): Promise<LabelledPictures> {
  const rows = rowsOf(await readText(host, path), path);
  const column = (kind: keyof typeof columns): string => {
    const found = columns[kind].find((name) => rows[0] && name in rows[0]);
    if (found === undefined) throw new UserError(`${path} has no column ${columns[kind].join(", ")}: name one so`);
    return found;
  };
  const [file, wanted] = [column("file"), column(of === undefined ? "score" : "label")];
  const pictures = rows.map((row, i) => {
    const [name = "", value = ""] = [row[file], row[wanted]];
    if (of === undefined && !isNumber(value))
      throw new UserError(`${path}, row ${i + 1}: the ${wanted} ${JSON.stringify(value)} is not a number`);
    const target = of === undefined ? Number(value) : Number(value === of);
    return { path: isAbsolute(name) ? name : join(dirname(resolve(path)), name), target };
  });
  if (of !== undefined && pictures.every(({ target }) => target === 0))
    throw new UserError(`${path} has no picture with the ${wanted} ${of}`);
  return { kind: of === undefined ? "score" : "probability", pictures };
}

function rowsOf(text: string, path: string): Readonly<Record<string, string>>[] {
  try {
    return parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UserError(`${path} cannot be read as CSV: ${(error as Error).message}`);
  }
}

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));
