import { UserError } from "../../errors.ts";
import type { ByteSource, Host } from "../../runtime/host.ts";
import { type NdArray, ndarray } from "../../runtime/ndarray.ts";
import { f16ToF32 } from "../../weights/half.ts";
import { readHeader, toStore, toStoreAsF16, writeSafetensors } from "../../weights/safetensors.ts";
import type { StoredTensor } from "../../weights/stored.ts";
import { decode } from "../../weights/stored.ts";
import type { DataSet } from "./data-set.ts";
import { drawn } from "./random.ts";

/**
 * A cache keeps what is computed once for every sample, such as latents and token ids: a folder of safetensors files
 * "00000.safetensors" …, each with the same arrays, whose first axis counts samples.
 */
const shardName = (number: number): string => `${String(number).padStart(5, "0")}.safetensors`;

/** Files that a cache has so far; the next to be written has this number. */
export const shardCount = async (host: Host, folder: string): Promise<number> =>
  (await shardNames(host, folder)).length;

const shardNames = async (host: Host, folder: string): Promise<string[]> =>
  (await host.list(folder)).filter((name) => /^\d{5,}\.safetensors$/.test(name));

/** Writes one file of a cache; f32 is kept as f16. `origin` identifies what the samples were computed from. */
export async function writeShard(
  host: Host,
  folder: string,
  number: number,
  arrays: Readonly<Record<string, NdArray>>,
  origin: string,
): Promise<void> {
  const tensors = Object.entries(arrays).map(
    ([name, array]) => [name, array.dtype === "f32" ? toStoreAsF16(array as NdArray<"f32">) : toStore(array)] as const,
  );
  await writeSafetensors(host, `${folder}/${shardName(number)}`, new Map(tensors), { origin });
}

interface Shard {
  readonly source: ByteSource;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Samples in this file, and in those before it. */
  readonly count: number;
  readonly before: number;
}

export interface Cache extends DataSet {
  /** Samples. */
  readonly size: number;
}

/**
 * Opens a cache for training: batches draw every sample once an epoch, in a new order each time; f16 comes as f32.
 * Throws a UserError when there is none, its files disagree, or it was computed from something else.
 */
export async function openCache(
  host: Host,
  folder: string,
  { batch, seed, origin }: { readonly batch: number; readonly seed: number; readonly origin: string },
): Promise<Cache> {
  const shards: Shard[] = [];
  let size = 0;
  for (const name of await shardNames(host, folder)) {
    const source = await host.open(`${folder}/${name}`);
    const { tensors, metadata } = await readHeader(source);
    if (metadata.origin !== origin)
      throw new UserError(`${source.name} was computed from other models or data; delete ${folder}`);
    const count = tensors.values().next().value?.shape[0] ?? 0;
    const first = shards[0]?.tensors ?? tensors;
    if (!sameRows(tensors, first, count))
      throw new UserError(`${source.name} does not fit its neighbours; delete ${folder}`);
    shards.push({ source, tensors, count, before: size });
    size += count;
  }
  if (size === 0) throw new UserError(`${folder} holds no cached samples; delete it to have them computed again`);
  const names = [...shards[0]!.tensors.keys()];
  return {
    size,
    async batch(index) {
      const chosen = Array.from({ length: batch }, (_, i) => drawn(index * batch + i, size, seed));
      const arrays = names.map(async (name) => [name, await gather(shards, name, chosen)] as const);
      return Object.fromEntries(await Promise.all(arrays));
    },
    close: async () => {},
  };
}

/** The same arrays as in another file, with `count` samples each. */
const sameRows = (
  tensors: ReadonlyMap<string, StoredTensor>,
  others: ReadonlyMap<string, StoredTensor>,
  count: number,
): boolean =>
  tensors.size === others.size &&
  [...tensors].every(([name, { dtype, shape }]) => {
    const other = others.get(name);
    const rest = other?.shape.slice(1).join();
    return other?.dtype === dtype && shape.length > 0 && shape[0] === count && shape.slice(1).join() === rest;
  });

/** Chosen samples of one array, one after the other. */
async function gather(shards: readonly Shard[], name: string, chosen: readonly number[]): Promise<NdArray> {
  const rows = await Promise.all(chosen.map((sample) => readRow(shards, name, sample)));
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + row.length, 0));
  for (const [i, row] of rows.entries()) bytes.set(row, i * row.length);
  const { dtype, shape } = shards[0]!.tensors.get(name)!;
  const array = decode(dtype, [chosen.length, ...shape.slice(1)], bytes);
  if (array === undefined) throw new UserError(`${shards[0]!.source.name}: ${name} is ${dtype}, which cannot be read`);
  return array.dtype === "f16" ? ndarray(f16ToF32(array.data as Uint16Array), array.shape) : array;
}

function readRow(shards: readonly Shard[], name: string, sample: number): Promise<Uint8Array> {
  const { source, tensors, count, before } = shards.findLast((shard) => shard.before <= sample)!;
  const { start, end } = tensors.get(name)!;
  const bytes = (end - start) / count;
  const at = start + (sample - before) * bytes;
  return source.read(at, at + bytes);
}
