import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import type { Row, TableForm, VectorTable } from "../../runtime/vector-table.ts";
import { openClipDirectory } from "../../weights/clip-directory.ts";
import { beginnings, sha256 } from "../../weights/digest.ts";
import type { ModelChoices } from "../../weights/model-directory.ts";

/** Columns of an index of pictures. */
export const columns = {
  /** Small whole number, which a picture keeps when its contents change. */
  id: "integer",
  /** Folder that was indexed. */
  root: "text",
  /** From there, with slashes; of one in a shard `shard.tar/name`. */
  path: "text",
  /** Of the file, in hexadecimal digits. */
  sha256: "text",
  /** Pixels, upright. */
  width: "integer",
  height: "integer",
  /** Bytes of the file. */
  size: "integer",
  format: "text",
  caption: "text",
  /** Local time, `2024-05-01T12:30:00`. */
  taken: "text",
  camera: "text",
  /** A small PNG, JPEG or WebP. */
  thumbnail: "bytes",
} as const satisfies TableForm["columns"];

export type Column = keyof typeof columns;

/** The model that an index was made with. */
export interface IndexModel {
  /** As the user named it. */
  readonly name: string;
  /** See `modelDigest`. */
  readonly digest: string;
}

export const formOf = (model: IndexModel, width: number): TableForm => ({
  columns,
  width,
  about: { model: model.name, digest: model.digest },
});

/** Throws a UserError where a table is no index of pictures or was made with another model. */
export function checkModel(table: VectorTable, model: IndexModel): void {
  const { model: name, digest } = table.about;
  if (name === undefined || digest === undefined)
    throw new UserError(`${table.name} is no index of pictures: it does not say which model it was made with`);
  if (digest !== model.digest)
    throw new UserError(
      `${table.name} was made with another model, ${name}, whose vectors mean nothing to ${model.name}: name the one that made it with --model, or build a new index`,
    );
}

export const numberIn = (row: Row, column: Column): number => row[column] as number;
export const textIn = (row: Row, column: Column): string | undefined =>
  (row[column] ?? undefined) as string | undefined;

/** Tells CLIPs apart by their configs and by the beginning of each of their weights, in hexadecimal digits. */
export async function modelDigest(host: Host, path: string, choices: ModelChoices = {}): Promise<string> {
  const directory = await openClipDirectory(host, path, choices);
  const parts: string[] = [JSON.stringify(await directory.own.json("config.json"))];
  if (await directory.own.has("preprocessor_config.json"))
    parts.push(JSON.stringify(await directory.own.json("preprocessor_config.json")));
  parts.push(...(await beginnings(host, await directory.weights())));
  return sha256(new TextEncoder().encode(parts.join("\n")));
}
