import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import type { FetchOptions } from "../../runtime/web-pictures.ts";
import { readJson } from "../../weights/files.ts";
import { type CurateOptions, checkOptions, differences } from "./options.ts";

/** A data set in the making: its folder, and what decides its outcome. */
export interface Curation {
  readonly host: Host;
  /** Folder that all who work on it see. */
  readonly out: string;
  readonly options: CurateOptions;
  readonly fetching: FetchOptions;
}

/** One shard of the input. */
export interface CurateJob {
  readonly shard: number;
}

const utf8 = new TextEncoder();

export const jsonBytes = (value: unknown): Uint8Array[] => [utf8.encode(`${JSON.stringify(value, undefined, 2)}\n`)];

const file = "curation.json";

/** As the command line calls an option. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Begins a data set in a folder, or goes on with the one there. Throws a UserError where that was begun with other
 * options.
 */
export async function beginCuration(
  host: Host,
  out: string,
  options: CurateOptions,
  fetching: FetchOptions,
): Promise<Curation> {
  checkOptions(options);
  if (await host.exists(`${out}/${file}`)) {
    const [other] = differences((await openCuration(host, out)).options, options);
    if (other !== undefined)
      throw new UserError(
        `${out} was begun with another ${kebab(other)}: repeat its options (${out}/${file} has them), or choose another folder`,
      );
  }
  await host.write(`${out}/${file}`, jsonBytes({ options, fetching }));
  return { host, out, options, fetching };
}

/** A data set that was begun. */
export async function openCuration(host: Host, out: string): Promise<Curation> {
  if (!(await host.exists(`${out}/${file}`)))
    throw new UserError(`there is no ${file} in ${out}: begin with latentkit curate PAIRS --out ${out}`);
  const { options, fetching } = (await readJson(host, `${out}/${file}`)) as unknown as Pick<
    Curation,
    "options" | "fetching"
  >;
  if (typeof options?.shardSize !== "number" || typeof fetching?.inFlight !== "number")
    throw new UserError(`${out}/${file} is not one of latentkit curate's; choose another folder`);
  return { host, out, options, fetching };
}

export const shardName = (shard: number): string => String(shard).padStart(5, "0");

/** Where a shard's files lie. */
export const filesOf = ({ out }: Curation, shard: number) => {
  const stem = `${out}/${shardName(shard)}`;
  return {
    pairs: `${out}/pairs/${shardName(shard)}.jsonl`,
    tar: `${stem}.tar`,
    rows: `${stem}.parquet`,
    statistics: `${stem}_stats.json`,
  };
};

/** Whether a job's outcome is there. */
export const isDone = (curation: Curation, { shard }: CurateJob): Promise<boolean> =>
  curation.host.exists(filesOf(curation, shard).statistics);

/** Digits of a place in a shard. */
const digits = ({ options }: Curation): number => Math.max(4, String(options.shardSize - 1).length);

/** The key of a pair: its shard, and its place there. */
export const keyOf = (curation: Curation, shard: number, place: number): string =>
  `${shardName(shard)}${String(place).padStart(digits(curation), "0")}`;

/** The shard that a key is of. */
export const shardOf = (curation: Curation, key: string): number => Number(key.slice(0, -digits(curation)));
