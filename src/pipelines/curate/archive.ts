import type { Host } from "../../runtime/host.ts";
import type { Spool } from "../../runtime/web-pictures.ts";
import { readTar } from "../../training/data/tar.ts";
import type { CurateOptions } from "./options.ts";
import type { Row } from "./row.ts";
import { tarEnd, tarFile } from "./tar.ts";

const utf8 = new TextEncoder();

/** The metadata beside a picture: what is known of it. */
function metadataOf(row: Row): Uint8Array {
  const { colours: _, hash, ...rest } = row;
  const known = Object.entries({ ...rest, hash: String(hash) }).filter(([, value]) => value !== null);
  return utf8.encode(JSON.stringify(Object.fromEntries(known)));
}

/** A pair, and where its picture lies in the spool if it is kept. */
export interface Settled {
  readonly row: Row;
  readonly place: { readonly start: number; readonly end: number } | undefined;
}

/** A WebDataset archive of the kept pairs: key.jpg, key.txt and key.json each. */
export async function* writePairs(
  pairs: Iterable<Settled>,
  format: CurateOptions["format"],
  spool: Spool,
): AsyncGenerator<Uint8Array> {
  for (const { row, place } of pairs) {
    if (!place) continue;
    yield* tarFile(`${row.key}.${format}`, await spool.read(place.start, place.end));
    yield* tarFile(`${row.key}.txt`, utf8.encode(row.caption));
    yield* tarFile(`${row.key}.json`, metadataOf(row));
  }
  yield tarEnd;
}

/** Writes an archive anew without some of its pairs. */
export async function removePairs(host: Host, path: string, keys: ReadonlySet<string>): Promise<void> {
  const source = await host.open(path);
  const entries = await readTar(source);
  const keyOf = (name: string): string => name.slice(0, name.indexOf("."));
  async function* remaining(): AsyncGenerator<Uint8Array> {
    for (const { name, start, end } of entries)
      if (!keys.has(keyOf(name))) yield* tarFile(name, await source.read(start, end));
    yield tarEnd;
  }
  await host.write(path, remaining());
}
