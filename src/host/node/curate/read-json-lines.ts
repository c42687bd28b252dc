import type { ListedPair, ListOptions, UnreadableLine } from "../../../runtime/web-pictures.ts";
import { findColumns } from "./columns.ts";
import { linesOf } from "./streams.ts";

/** JSON objects, one a line. */
export async function* readJsonLines(path: string, options: ListOptions): AsyncGenerator<ListedPair | UnreadableLine> {
  let columns: ReturnType<typeof findColumns> | undefined;
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (line?.trim() === "") continue;
    const row = line === undefined ? undefined : parsed(line);
    if (!row) {
      yield {
        where: `${path}, line ${number}`,
        problem: line === undefined ? "line too long" : "line that is not JSON",
      };
      continue;
    }
    columns ??= findColumns(Object.keys(row), options, path);
    const [url, caption] = [row[columns.url], row[columns.caption]];
    if (typeof url === "string" && typeof caption === "string") yield { url, caption };
    else yield { where: `${path}, line ${number}`, problem: "row without URL or caption" };
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
