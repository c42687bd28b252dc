import { UserError } from "../../errors.ts";
import { readParameters } from "../../image/parameters.ts";
import { parseSettings } from "../../image/settings.ts";
import type { Host } from "../../runtime/host.ts";
import { captionLine } from "../../training/data/folder.ts";
import { readText } from "../../weights/model-directory.ts";

/** Characters that are kept of a caption. */
const longest = 10_000;
/** Bytes of the largest file with captions that is read. */
const mostBytes = 2 ** 28;

/** One line of text: control characters and what is no character become spaces. */
export const cleaned = (caption: string): string =>
  caption
    .slice(0, longest)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, " ")
    .trim();

/** A text file's contents. Throws a UserError where it is very large or not UTF-8. */
export async function readCaptions(host: Host, path: string): Promise<string> {
  const { size } = await host.open(path);
  if (size > mostBytes) throw new UserError(`${path} has more than ${mostBytes / 2 ** 20} MB; split it`);
  return readText(host, path);
}

/** Captions by file name, of a metadata.jsonl; `complain` hears of lines that cannot be read. */
export function listedCaptions(text: string, path: string, complain: (problem: string) => void): Map<string, string> {
  const captions = new Map<string, string>();
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const [name, caption] = captionLine(line, `${path}, line ${i + 1}`);
      captions.set(name, caption);
    } catch (error) {
      complain((error as UserError).message);
    }
  }
  return captions;
}

/** The prompt that a picture was drawn from, where it tells. */
export function promptWithin(file: Uint8Array, name: string): string | undefined {
  try {
    const parameters = readParameters(file, name);
    return parameters === undefined ? undefined : parseSettings(parameters).prompt;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
