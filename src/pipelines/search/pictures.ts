import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import type { Folder, Walk } from "../../runtime/picture-files.ts";
import { splitEnding } from "../../training/data/samples.ts";
import { shardSamples } from "../../training/data/shards.ts";
import { listedCaptions, readCaptions } from "./captions.ts";

/** Bytes of the largest picture file that is read. */
const mostBytes = 2 ** 28;

/** A picture file of a folder or in a shard. */
export interface PictureFile {
  /** From the outer folder, with slashes; of one in a shard `shard.tar/name`. */
  readonly path: string;
  read(): Promise<Uint8Array>;
  /** Of a file beside it. */
  caption(): Promise<string | undefined>;
}

/** A file or folder that cannot be read, and all that may be in it. */
export interface Unreadable {
  readonly path: string;
  readonly problem: string;
}

/** Files are looked at by these endings; of the last row none can be read, which is to be told. */
const endings = new Set(
  ["png jpg jpeg jfif webp avif heif heic gif tif tiff", "svg bmp ico psd jxl jp2 raw dng cr2 nef"].flatMap((row) =>
    row.split(" "),
  ),
);

/** Whether a file is looked at. */
export const isPicture = (name: string): boolean => endings.has(splitEnding(name)[1]);
const isShard = (name: string): boolean => splitEnding(name)[1] === "tar";

/** What a folder holds: how many pictures there are is known when its shards have been opened. */
export interface Contents {
  readonly folders: readonly Folder[];
  /** Pictures that are known of so far. */
  count: number;
}

export async function listPictures(root: string, walk: Walk): Promise<Contents> {
  const folders: Folder[] = [];
  let count = 0;
  for await (const folder of walk(root)) {
    count += folder.names.filter(isPicture).length;
    folders.push(folder);
  }
  return { folders, count };
}

/** All pictures below a folder and in WebDataset shards there, one after the other. */
export async function* picturesIn(
  host: Host,
  root: string,
  contents: Contents,
): AsyncGenerator<PictureFile | Unreadable> {
  for (const { path: folder, names, problem } of contents.folders) {
    if (problem !== undefined) yield { path: folder, problem };
    const within = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
    const present = new Set(names);
    const problems: Unreadable[] = [];
    const captions = present.has("metadata.jsonl")
      ? await captionsOf(host, root, within("metadata.jsonl"), problems)
      : new Map<string, string>();
    yield* problems;
    for (const name of names) {
      if (isShard(name)) yield* inShard(host, root, within(name), contents);
      if (!isPicture(name)) continue;
      const beside = `${splitEnding(name)[0]}.txt`;
      yield {
        path: within(name),
        read: () => readWhole(host, `${root}/${within(name)}`),
        caption: async () =>
          captions.get(name) ?? (present.has(beside) ? readCaptions(host, `${root}/${within(beside)}`) : undefined),
      };
    }
  }
}

async function captionsOf(
  host: Host,
  root: string,
  path: string,
  problems: Unreadable[],
): Promise<ReadonlyMap<string, string>> {
  const complain = (problem: string): void => void problems.push({ path, problem });
  try {
    return listedCaptions(await readCaptions(host, `${root}/${path}`), path, complain);
  } catch (error) {
    complain(messageOf(error));
    return new Map();
  }
}

async function* inShard(
  host: Host,
  root: string,
  path: string,
  contents: Contents,
): AsyncGenerator<PictureFile | Unreadable> {
  try {
    const samples = await shardSamples(host, `${root}/${path}`);
    contents.count += samples.length;
    for (const { name, picture, caption } of samples)
      yield { path: `${path}/${name.slice(`${root}/${path}: `.length)}`, read: picture, caption };
  } catch (error) {
    yield { path, problem: messageOf(error) };
  }
}

async function readWhole(host: Host, path: string): Promise<Uint8Array> {
  const source = await host.open(path);
  if (source.size > mostBytes)
    throw new UserError(
      `${path} has ${Math.round(source.size / 2 ** 20)} MB, but at most ${mostBytes / 2 ** 20} are read`,
    );
  return source.read(0, source.size);
}

/** What a user is told; a mistake of the program's is thrown on. */
export function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  throw error;
}
