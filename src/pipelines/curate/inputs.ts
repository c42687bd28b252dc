import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import type { Folder, Walk } from "../../runtime/picture-files.ts";
import type { ListedPair, ListOptions, PairLists, UnreadableLine } from "../../runtime/web-pictures.ts";
import { isPicture, listPictures, messageOf, picturesIn } from "../search/pictures.ts";

/** What reads the inputs of a curation. */
export interface Inputs {
  readonly lists: PairLists;
  readonly walk: Walk;
}

/** The pairs of a list, or of a folder of pictures or of lists, in order. */
export async function* pairsIn(
  host: Host,
  input: string,
  { lists, walk }: Inputs,
  options: ListOptions,
): AsyncGenerator<ListedPair | UnreadableLine> {
  if (lists.matches(input)) return yield* lists.read(input, options);
  const folders: Folder[] = [];
  for await (const folder of walk(input)) folders.push(folder);
  if (folders.some(({ names }) => names.some(isPicture))) return yield* pairsInFolder(host, input, folders);
  const found = folders.flatMap(({ path, names }) =>
    names
      .filter((name) => lists.matches(name))
      .map((name) => [input, path, name].filter((part) => part !== "").join("/")),
  );
  if (found.length === 0) throw new UserError(`${input} holds neither pictures nor lists of them`);
  for (const list of found) yield* lists.read(list, options);
}

/** The pictures of folders, each captioned by a text file beside it or a line of metadata.jsonl. */
async function* pairsInFolder(
  host: Host,
  root: string,
  folders: readonly Folder[],
): AsyncGenerator<ListedPair | UnreadableLine> {
  async function* walk(): AsyncGenerator<Folder> {
    // What is in shards is a data set already.
    for (const folder of folders) yield { ...folder, names: folder.names.filter((name) => !/\.tar$/i.test(name)) };
  }
  const contents = await listPictures(root, walk);
  for await (const picture of picturesIn(host, root, contents)) {
    const where = `${root}/${picture.path}`;
    if ("problem" in picture) {
      yield { where: `${where}: ${picture.problem}`, problem: "cannot be read" };
      continue;
    }
    try {
      const caption = await picture.caption();
      if (caption === undefined) yield { where, problem: "picture without a caption" };
      else yield { url: fileUrl(where), caption, isLocal: true };
    } catch (error) {
      yield { where: messageOf(error), problem: "caption that cannot be read" };
    }
  }
}

const fileUrl = (path: string): string =>
  `file://${path.startsWith("/") ? "" : "/"}${path.split("/").map(encodeURIComponent).join("/")}`;
