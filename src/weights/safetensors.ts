import { UserError } from "../errors.ts";
import type { ByteSource, Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { f32ToF16 } from "./half.ts";
import { decode, type StoredDType, type StoredTensor, storedBits, storedSize, toFloats } from "./stored.ts";
import { gather } from "./strides.ts";

export interface SafetensorsHeader {
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit. */
const longestHeader = 100_000_000;

/**
 * Reads and checks the header of a safetensors file: 8 bytes of length, JSON, then the tensors' bytes, each belonging
 * to exactly one tensor. Allocates no more than the file is long. A UserError names the file and the tensor.
 *
 * Source: https://github.com/huggingface/safetensors, "Format".
 */
export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const fail = damaged(source.name);
  if (source.size < 8) throw fail(`it has ${source.size} bytes, too few for a header`);
  const prefix = await source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader) throw fail(`it announces a header of ${length} bytes; is it a safetensors file?`);
  if (length > source.size - 8) throw fail(`it announces a header of ${length} bytes and has only ${source.size}`);
  const entries = parseObject(await source.read(8, 8 + length), fail);

  const tensors: [string, StoredTensor][] = [];
  let metadata = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name === "__metadata__") metadata = checkMetadata(entry, fail);
    else tensors.push([name, checkEntry(name, entry, 8 + length, fail)]);
  }
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  checkLayout(tensors, 8 + length, source.size, fail);
  return { tensors: new Map(tensors), metadata };
}

type Fail = (what: string) => UserError;

const damaged =
  (file: string): Fail =>
  (what) =>
    new UserError(`${file} cannot be read as safetensors: ${what}`);

function parseObject(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail("its header is not UTF-8");
  }
  try {
    value = JSON.parse(text);
  } catch {
    throw fail("its header is not JSON");
  }
  if (!isObject(value)) throw fail("its header is not a JSON object");
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail(`its header has ${quote(twice)} twice`);
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** A name from a file, fit for one line. */
const quote = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);

/** The first key that stands twice in one object of a valid JSON text; JSON.parse would drop one silently. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (string && colon) {
      const key = JSON.parse(string) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}

function checkMetadata(entry: unknown, fail: Fail): Record<string, string> {
  if (!isObject(entry)) throw fail("__metadata__ is not an object");
  for (const [key, value] of Object.entries(entry))
    if (typeof value !== "string") throw fail(`__metadata__ ${quote(key)} is not text`);
  return entry as Record<string, string>;
}

function checkEntry(name: string, entry: unknown, base: number, fail: Fail): StoredTensor {
  const failHere: Fail = (what) => fail(`tensor ${quote(name)} ${what}`);
  if (!isObject(entry)) throw failHere("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(storedBits, dtype))
    throw failHere(`has the unknown type ${quote(String(dtype))}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw failHere("has a shape that is not a list of lengths");
  const [start, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  if (!isCount(start) || !isCount(end) || start > end) throw failHere("has data_offsets that are not a range");
  let size = 1;
  for (const axis of shape as number[]) {
    size *= axis;
    if (!Number.isSafeInteger(size)) throw failHere("has a shape too large to count");
  }
  const bytes = storedSize(dtype as StoredDType, size);
  if (bytes !== end - start)
    throw failHere(`is ${dtype} [${shape}], which takes ${bytes} bytes, but occupies ${end - start}`);
  return { name, dtype: dtype as StoredDType, shape, start: base + start, end: base + end };
}

/** Tensors, sorted by place, must lie from the header to the end of the file without hole or overlap. */
function checkLayout(tensors: readonly [string, StoredTensor][], base: number, size: number, fail: Fail): void {
  let at = base;
  let before = "the header";
  for (const [name, { start, end }] of tensors) {
    if (end > size) throw fail(`tensor ${quote(name)} ends at byte ${end} of ${size}; the file is cut off`);
    if (start < at) throw fail(`tensors ${before} and ${quote(name)} overlap`);
    if (start > at) throw fail(`there is a hole of ${start - at} bytes between ${before} and tensor ${quote(name)}`);
    at = end;
    before = quote(name);
  }
  if (at < size) throw fail(`${size - at} bytes at its end belong to no tensor`);
}

/** The bytes of one tensor, row by row. */
export async function readBytes(source: ByteSource, tensor: StoredTensor): Promise<Uint8Array> {
  const { dtype, shape, strides, start, end } = tensor;
  const bytes = await source.read(start, end);
  return strides ? gather(bytes, storedBits[dtype] / 8, shape, strides) : bytes;
}

/** One tensor in the element type that `decode` gives it. */
export async function readTensor(source: ByteSource, tensor: StoredTensor): Promise<NdArray> {
  const array = decode(tensor.dtype, tensor.shape, await readBytes(source, tensor));
  if (!array) throw new UserError(`${source.name}: ${quote(tensor.name)} is ${tensor.dtype}, which cannot be read`);
  return array;
}

/** The numbers of one tensor, whatever their type, as f32. */
export async function readFloats(source: ByteSource, tensor: StoredTensor): Promise<Float32Array> {
  return toFloats(await readTensor(source, tensor));
}

/** A tensor to be written: its bytes are asked for when their turn comes. */
export interface TensorToWrite {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  bytes(): Uint8Array | Promise<Uint8Array>;
}

const storedAs = { f32: "F32", f16: "F16", i64: "I64", i32: "I32", u8: "U8", i8: "I8", bool: "BOOL" } as const;

/** An array as it is. */
export function toStore(array: NdArray): TensorToWrite {
  const { data } = array;
  return {
    dtype: storedAs[array.dtype],
    shape: array.shape,
    bytes: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** An f32 array, rounded to half precision when its turn comes. */
export function toStoreAsF16(array: NdArray<"f32">): TensorToWrite {
  return { dtype: "F16", shape: array.shape, bytes: () => new Uint8Array(f32ToF16(array.data).buffer) };
}

/**
 * Writes a safetensors file, tensor by tensor, so that a reader sees the old file or the whole new one. Tensors of
 * larger elements come first, so that each is aligned to its own; otherwise they keep the map's order.
 */
export async function writeSafetensors(
  host: Pick<Host, "write">,
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = [...tensors].sort(([, a], [, b]) => storedBits[b.dtype] - storedBits[a.dtype]);
  const entries: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  let at = 0;
  for (const [name, { dtype, shape }] of ordered) {
    if (Object.hasOwn(entries, name)) throw new Error(`a tensor cannot be called ${name}`);
    const end = at + sizeOf(dtype, shape);
    Object.defineProperty(entries, name, { value: { dtype, shape, data_offsets: [at, end] }, enumerable: true });
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const header = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  header.set(json);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(header.length), true);

  await host.write(
    path,
    (async function* () {
      yield prefix;
      yield header;
      for (const [name, tensor] of ordered) {
        const bytes = await tensor.bytes();
        const size = sizeOf(tensor.dtype, tensor.shape);
        if (bytes.length !== size) throw new Error(`${name} has ${bytes.length} bytes to write instead of ${size}`);
        yield bytes;
      }
    })(),
  );
}

/** Bytes of a tensor. */
export const sizeOf = (dtype: StoredDType, shape: readonly number[]): number =>
  storedSize(
    dtype,
    shape.reduce((n, axis) => n * axis, 1),
  );
