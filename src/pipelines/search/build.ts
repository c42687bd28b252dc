import { photographed } from "../../image/exif-camera.ts";
import type { See } from "../../image/see.ts";
import type { Host } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import type { Walk } from "../../runtime/picture-files.ts";
import type { Row, VectorTable } from "../../runtime/vector-table.ts";
import { sha256 } from "../../weights/digest.ts";
import { atOnce, type ClipModel } from "../clip/clip.ts";
import { ahead } from "./ahead.ts";
import { cleaned, promptWithin } from "./captions.ts";
import { Changes } from "./changes.ts";
import { listPictures, messageOf, type PictureFile, picturesIn, type Unreadable } from "./pictures.ts";
import { type Recall, speedUp } from "./recall.ts";
import { Report } from "./report.ts";
import { numberIn, textIn } from "./table.ts";

/** Pictures that are read and decoded while others are embedded: the model stops this thread, but not those that decode. */
const width = 4 * atOnce.pictures;

export interface BuildOptions {
  readonly host: Host;
  readonly walk: Walk;
  readonly see: See;
  readonly table: VectorTable;
  readonly model: ClipModel;
  /** Folder of pictures; its name is kept, so that other folders can go into the same index. */
  readonly root: string;
  readonly signal?: AbortSignal;
}

export interface BuildProgress {
  /** Pictures that were looked at. */
  readonly done: number;
  /** Those known of so far: what is in a shard is counted when it is opened. */
  readonly total: number;
  readonly embedded: number;
}

/** What an index is like after it was built, and what happened to each picture. */
export interface Built extends ReturnType<Report["summary"]> {
  readonly rows: number;
  /** Of the approximate index, where the table is large enough for one. */
  readonly recall: Recall | undefined;
}

/** What is known of a row without reading it again. */
interface Known {
  readonly id: number;
  readonly sha256: string;
  readonly caption: string;
}

/** A picture that is to be embedded. */
interface Prepared {
  readonly row: Row;
  readonly isNew: boolean;
  readonly pixels: NdArray<"f32">;
}

/**
 * Brings an index up to date with a folder: new pictures are embedded, changed ones anew (their SHA-256 or caption tells),
 * those that are gone are removed. Rows are written some hundreds at a time; stopped anywhere, it goes on from there.
 * Pictures that cannot be read are named in the report.
 */
export async function* buildIndex(options: BuildOptions): AsyncGenerator<BuildProgress, Built> {
  const { host, walk, table, model, root, signal } = options;
  const contents = await listPictures(root, walk);
  const { known, next } = await rowsOf(table, root);
  const report = new Report();
  const changes = new Changes(table, next);
  const unseen = new Map(known);
  const prepare = (file: PictureFile | Unreadable): Promise<Prepared | undefined> => {
    if ("problem" in file) {
      report.broken(file.path, file.problem);
      // What could not be looked at is not gone.
      for (const path of unseen.keys()) if (isWithin(path, file.path)) unseen.delete(path);
      return Promise.resolve(undefined);
    }
    const before = known.get(file.path);
    return prepared(options, file, before, report, () => unseen.delete(file.path));
  };
  let batch: Prepared[] = [];
  let embedding: Promise<void> = Promise.resolve();
  const embed = async (some: readonly Prepared[]): Promise<void> => {
    const vectors = await model.embedPixels(some.map(({ pixels }) => pixels));
    for (const [i, { row, isNew }] of some.entries())
      await changes.put(row, isNew, vectors.data.subarray(i * table.width, (i + 1) * table.width));
    for (const { isNew } of some) report.count(isNew ? "added" : "changed");
  };
  let done = 0;
  try {
    for await (const picture of ahead(picturesIn(host, root, contents), width, prepare)) {
      signal?.throwIfAborted();
      done++;
      if (picture) batch.push(picture);
      if (batch.length === atOnce.pictures) {
        await embedding;
        embedding = embed(batch);
        embedding.catch(() => {});
        batch = [];
      }
      const { added, changed } = report.counts;
      yield { done: Math.min(done, contents.count), total: contents.count, embedded: added + changed };
    }
    await embedding;
    if (batch.length > 0) await embed(batch);
  } finally {
    await embedding.catch(() => {});
    await changes.write();
  }
  await changes.remove(Array.from(unseen.values(), ({ id }) => id));
  report.count("removed", unseen.size);
  if (changes.count > 0) await table.tidy();
  const recall = await speedUp(table);
  return { ...report.summary(), rows: await table.count(), recall };
}

const isWithin = (path: string, outer: string): boolean => outer === "" || path.startsWith(`${outer}/`);

/** The rows of a folder by path, and the first number that no row has. */
async function rowsOf(table: VectorTable, root: string): Promise<{ known: Map<string, Known>; next: number }> {
  const known = new Map<string, Known>();
  let next = 1;
  for await (const rows of table.scan(["id", "root", "path", "sha256", "caption"]))
    for (const row of rows) {
      const id = numberIn(row, "id");
      next = Math.max(next, id + 1);
      if (row.root === root)
        known.set(textIn(row, "path")!, { id, sha256: textIn(row, "sha256")!, caption: textIn(row, "caption") ?? "" });
    }
  return { known, next };
}

/** A row of a picture and what the model sees of it; undefined for one that is as it was, or cannot be read. */
async function prepared(
  { see, root }: BuildOptions,
  file: PictureFile,
  before: Known | undefined,
  report: Report,
  keep: () => void,
): Promise<Prepared | undefined> {
  const { path } = file;
  try {
    const bytes = await file.read();
    const given = await file.caption().catch((error: unknown) => {
      report.remark(path, `has no caption: ${messageOf(error)}`);
      return undefined;
    });
    const caption = cleaned(given ?? promptWithin(bytes, path) ?? "");
    const digest = await sha256(bytes);
    if (before?.sha256 === digest && before.caption === caption) {
      keep();
      report.count("unchanged");
      return undefined;
    }
    const size = bytes.length;
    const { pixels, width, height, thumbnail, format, exif, remarks } = await see(bytes, path);
    for (const remark of remarks) report.remark(path, remark);
    keep();
    const { taken = null, camera = null } = exif ? withoutMissing(photographed(exif)) : {};
    const shared = { root, path, sha256: digest, width, height, size, format };
    const row = { ...shared, id: before?.id ?? 0, caption: caption || null, taken, camera, thumbnail };
    return { row, isNew: before === undefined, pixels };
  } catch (error) {
    report.broken(path, messageOf(error));
    return undefined;
  }
}

const withoutMissing = ({ taken, camera }: ReturnType<typeof photographed>): { taken?: string; camera?: string } => ({
  ...(taken !== undefined && { taken }),
  ...(camera !== undefined && { camera }),
});
