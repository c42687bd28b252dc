import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { type NdArray, ndarray } from "../../runtime/ndarray.ts";
import { sha256 } from "../../weights/digest.ts";
import { readFloats, readHeader, readTensor, toStore, writeSafetensors } from "../../weights/safetensors.ts";
import { ahead } from "../search/ahead.ts";
import { atOnce, type ClipModel, type Embeddings } from "./clip.ts";

/** Pictures that are read and decoded while others are embedded. */
const width = 16;

export interface EmbedProgress {
  readonly done: number;
  readonly total: number;
}

/** Pictures of a list and their vectors. */
export interface Embedded {
  /** Places in the list of those that could be read. */
  readonly places: readonly number[];
  /** Of their files, in hexadecimal digits. */
  readonly digests: readonly string[];
  /** (places projection) */
  readonly vectors: Embeddings;
  /** Why others could not. */
  readonly unreadable: readonly string[];
}

/** A picture whose vector is known, is to be made, or that cannot be read. */
type Prepared =
  | { readonly place: number; readonly digest: string; readonly pixels?: NdArray<"f32"> }
  | { readonly problem: string };

/**
 * Embeds picture files. With a file as `cache` their vectors are kept there by the files' contents, and only what is new is
 * embedded next time.
 */
export async function* embedFiles(
  model: ClipModel,
  paths: readonly string[],
  cache?: string,
): AsyncGenerator<EmbedProgress, Embedded> {
  const { host } = model;
  const numbers = model.config.projection;
  const known = cache === undefined ? new Map<string, Float32Array>() : await kept(host, cache, numbers);
  const prepare = async (place: number): Promise<Prepared> => {
    const path = paths[place]!;
    try {
      const source = await host.open(path);
      const bytes = await source.read(0, source.size);
      const digest = await sha256(bytes);
      if (known.has(digest)) return { place, digest };
      return { place, digest, pixels: await model.pixelsOf(await host.decodePicture(bytes, path), path) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { problem: error.message };
    }
  };
  const embed = async (some: readonly { digest: string; pixels: NdArray<"f32"> }[]): Promise<void> => {
    const { data } = await model.embedPixels(some.map(({ pixels }) => pixels));
    for (const [i, { digest }] of some.entries()) known.set(digest, data.slice(i * numbers, (i + 1) * numbers));
  };
  const [places, digests, unreadable]: [number[], string[], string[]] = [[], [], []];
  let waiting: { digest: string; pixels: NdArray<"f32"> }[] = [];
  let done = 0;
  for await (const one of ahead(counted(paths.length), width, prepare)) {
    if ("problem" in one) unreadable.push(one.problem);
    else {
      places.push(one.place);
      digests.push(one.digest);
      if (one.pixels) waiting.push({ digest: one.digest, pixels: one.pixels });
    }
    if (waiting.length === atOnce.pictures) {
      await embed(waiting);
      waiting = [];
    }
    yield { done: ++done, total: paths.length };
  }
  if (waiting.length > 0) await embed(waiting);
  const data = new Float32Array(places.length * numbers);
  for (const [i, digest] of digests.entries()) data.set(known.get(digest)!, i * numbers);
  const vectors = ndarray(data, [places.length, numbers]);
  if (cache !== undefined) await keep(host, cache, digests, vectors);
  return { places, digests, vectors, unreadable };
}

async function* counted(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

const digestBytes = 32;

/** Vectors by digest; none where the file is not there, or of another kind. */
async function kept(host: Host, path: string, numbers: number): Promise<Map<string, Float32Array>> {
  if (!(await host.exists(path))) return new Map();
  const source = await host.open(path);
  const { tensors } = await readHeader(source);
  const [digests, vectors] = [tensors.get("digests"), tensors.get("vectors")];
  if (digests?.dtype !== "U8" || digests.shape[1] !== digestBytes || vectors?.shape[1] !== numbers) return new Map();
  const bytes = (await readTensor(source, digests)).data as Uint8Array;
  const data = await readFloats(source, vectors);
  return new Map(
    Array.from({ length: digests.shape[0]! }, (_, i) => [
      hexadecimal(bytes.subarray(i * digestBytes, (i + 1) * digestBytes)),
      data.slice(i * numbers, (i + 1) * numbers),
    ]),
  );
}

/** What cannot be kept is made again next time. */
async function keep(host: Host, path: string, digests: readonly string[], vectors: Embeddings): Promise<void> {
  const data = Uint8Array.from(
    digests.flatMap((digest) => digest.match(/../g)!.map((pair) => Number.parseInt(pair, 16))),
  );
  const tensors = new Map([
    ["digests", toStore({ dtype: "u8", shape: [digests.length, digestBytes], data })],
    ["vectors", toStore(vectors)],
  ]);
  await writeSafetensors(host, path, tensors).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
