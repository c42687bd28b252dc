import { UserError } from "../../errors.ts";
import type { ByteSource } from "../../runtime/host.ts";
import type { Contents, StoredTensor } from "../stored.ts";
import { type CheckedView, type Collected, checkStorage, checkView, collect } from "./collect.ts";
import { torchMeanings } from "./names.ts";
import type { Storage } from "./objects.ts";
import { Ended, Machine } from "./pickle.ts";
import { readZip } from "./zip.ts";

type Fail = (what: string) => UserError;

/** Bytes of a pickle that are read at most; those of Stable Diffusion have some hundred thousand. */
const largestPickle = 2 ** 24;
/** Bytes of a legacy file that its pickles are first looked for in. */
const firstLook = 2 ** 18;

/** What `torch.save` of before version 1.6 begins with. */
const magic = 0x1950a86a20f9469cfc6cn;
const legacyVersion = 1001;

/**
 * Reads what `torch.save` and `torch.jit.save` write: a zip archive with a pickle and storages, or (before PyTorch 1.6)
 * pickles followed by storages. Only tensors, and words and numbers beside them, are made of it; nothing in it is run.
 * The tensors stay in the file.
 *
 * Source: torch/serialization.py, torch/csrc/jit/docs/serialization.md.
 */
export async function readTorchFile(source: ByteSource, isZip: boolean): Promise<Contents> {
  const fail: Fail = (what) => new UserError(`${source.name} cannot be read as a PyTorch file: ${what}`);
  return isZip ? readZipped(source, fail) : readLegacy(source, fail);
}

async function readZipped(source: ByteSource, fail: Fail): Promise<Contents> {
  const { entries, locate } = await readZip(source, fail);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw fail("it is a zip archive, but not one with a data.pkl in its folder");
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  const read = async (name: string, most: number): Promise<Uint8Array> => {
    const entry = entries.get(root + name)!;
    if (entry.size > most) throw fail(`its ${name} of ${entry.size} bytes is absurdly large`);
    const start = await locate(entry);
    return source.read(start, start + entry.size);
  };
  if (entries.has(`${root}byteorder`) && new TextDecoder().decode(await read("byteorder", 64)) !== "little")
    throw fail("its numbers are stored big end first");

  const bytes = await read("data.pkl", largestPickle);
  const collected = collect(unpickleWhole(bytes, fail), roomOf(bytes), fail);
  const views = check(collected, fail);
  const places = new Map<string, number>();
  await inBatches(storagesOf(views), async ([key, size]) => {
    const entry = entries.get(`${root}data/${key}`);
    if (!entry) throw fail(`it has no storage ${quote(key)}`);
    if (entry.size < size) throw fail(`its storage ${quote(key)} has ${entry.size} bytes of ${size}`);
    places.set(key, await locate(entry));
  });
  return contents(collected.compiled ? "TorchScript" : "PyTorch", collected, views, places);
}

/** Five pickles: a number to know it by, the version, the machine, the object, the storages' keys. */
async function readLegacy(source: ByteSource, fail: Fail): Promise<Contents> {
  for (let length = firstLook; ; length *= 4) {
    const bytes = await source.read(0, Math.min(length, source.size, largestPickle));
    try {
      return await readPickles(source, bytes, fail);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      if (bytes.length === source.size) throw fail("it is cut off");
      if (bytes.length === largestPickle) throw fail("its pickle is absurdly large");
    }
  }
}

async function readPickles(source: ByteSource, bytes: Uint8Array, fail: Fail): Promise<Contents> {
  let at = 0;
  const next = () => {
    const read = unpickle(bytes, at, fail);
    at = read.end;
    return read;
  };
  if (next().value !== magic) throw fail("it is a pickle, but not one of PyTorch's");
  if (next().value !== legacyVersion) throw fail("it is of an unknown version");
  const machine = next().value;
  if (machine instanceof Map && machine.get("little_endian") === false) throw fail("its numbers are big end first");
  const { value: root, storages } = next();
  const keys = next().value;
  const collected = collect(root, roomOf(bytes), fail);
  const views = check(collected, fail);
  const places = await legacyPlaces(source, at, keys, storages, fail);
  const missing = [...storagesOf(views).keys()].find((key) => !places.has(key));
  if (missing !== undefined) throw fail(`it has no storage ${quote(missing)}`);
  return contents("PyTorch, legacy", collected, views, places);
}

/** Storages lie one after the other, each behind its number of elements. */
async function legacyPlaces(
  source: ByteSource,
  start: number,
  keys: unknown,
  storages: readonly Storage[],
  fail: Fail,
): Promise<Map<string, number>> {
  const byKey = new Map(storages.map((storage) => [storage.key, storage]));
  const places = new Map<string, number>();
  let at = start;
  const counts: (readonly [at: number, elements: number])[] = [];
  for (const key of Array.isArray(keys) ? (keys as unknown[]) : []) {
    const storage = byKey.get(key);
    if (!storage || places.has(storage.key as string)) throw fail("its list of storages is not of those it has");
    const { key: name, size } = checkStorage(storage, fail);
    if (at + 8 + size > source.size) throw fail("it is cut off");
    places.set(name, at + 8);
    counts.push([at, storage.elements as number]);
    at += 8 + size;
  }
  await inBatches(counts, async ([place, elements]) => {
    const bytes = await source.read(place, place + 8);
    if (new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true) !== BigInt(elements))
      throw fail(`the storage at byte ${place} has another size than its pickle says`);
  });
  return places;
}

function unpickle(bytes: Uint8Array, start: number, fail: Fail) {
  const storages: Storage[] = [];
  const machine = new Machine(bytes, start, torchMeanings(fail, storages), fail);
  return { value: machine.run(), end: machine.at, storages };
}

function unpickleWhole(bytes: Uint8Array, fail: Fail): unknown {
  try {
    return unpickle(bytes, 0, fail).value;
  } catch (error) {
    throw error instanceof Ended ? fail("its data.pkl is cut off") : error;
  }
}

/** How many values of a pickle are looked at: more than it can have without sharing them. */
const roomOf = (bytes: Uint8Array): number => 1000 + bytes.length;

const check = ({ tensors }: Collected, fail: Fail): Map<string, CheckedView> =>
  new Map([...tensors].map(([name, tensor]) => [name, checkView(name, tensor, fail)]));

/** Sizes of the storages in use, by key. */
const storagesOf = (views: ReadonlyMap<string, CheckedView>): Map<string, number> =>
  new Map(Array.from(views.values(), ({ key, size }) => [key, size]));

/** Reads that wait for each other little, without opening the file too often at once. */
async function inBatches<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const all = [...items];
  for (let i = 0; i < all.length; i += 64) await Promise.all(all.slice(i, i + 64).map(work));
}

function contents(
  format: Contents["format"],
  { values }: Collected,
  views: ReadonlyMap<string, CheckedView>,
  places: ReadonlyMap<string, number>,
): Contents {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, key, start, end, shape, strides }] of views) {
    const place = places.get(key)!;
    const range = { start: place + start, end: place + end };
    tensors.set(name, { name, dtype, shape, ...range, ...(strides && { strides }) });
  }
  return { format, tensors, metadata: values };
}

const quote = (name: string): string => JSON.stringify(name.slice(0, 120));
