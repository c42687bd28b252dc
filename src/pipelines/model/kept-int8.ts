import { UserError } from "../../errors.ts";
import type { Range, Ranges } from "../../graph/index.ts";
import type { Prepared } from "../../onnx/emit.ts";
import type { ExternalData } from "../../onnx/proto.ts";
import type { EightBits, EightBitWeights } from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import { elements, type NdArray } from "../../runtime/ndarray.ts";
import { readHeader, type TensorToWrite, toStore, writeSafetensors } from "../../weights/safetensors.ts";

/** Numbers that are made at a time, in threads. */
const atOnce = 2 ** 27;

/** Writes ranges, and weights in eight bits, of the weights with that digest: a safetensors file. */
export async function writeKept(
  host: Host,
  path: string,
  digest: string,
  ranges: Ranges,
  weights: EightBitWeights,
): Promise<void> {
  const tensors = new Map<string, TensorToWrite>();
  for (const group of inGroups(weights.values)) {
    let making: Promise<Record<string, NdArray>> | undefined;
    let left = group.length;
    for (const { name, value } of group) {
      const { dtype } = value;
      const shape = value.shape as readonly number[];
      const bytes = async (): Promise<Uint8Array> => {
        making ??= weights.make(group);
        const array = (await making)[name]!;
        if (--left === 0) making = undefined;
        return toStore(array).bytes();
      };
      tensors.set(name, { ...toStore({ dtype, shape } as NdArray), bytes });
    }
  }
  await writeSafetensors(host, path, tensors, { weights: digest, ranges: JSON.stringify(ranges) });
}

/** By their types, in the order in which they are written, so many that threads are worth it. */
function inGroups(values: readonly Prepared[]): Prepared[][] {
  const groups: Prepared[][] = [];
  for (const dtype of ["f32", "i8"]) {
    let room = 0;
    for (const prepared of values.filter(({ value }) => value.dtype === dtype)) {
      const weight = prepared.value.inputs[0]!;
      if (room <= 0) {
        groups.push([]);
        room = atOnce;
      }
      groups.at(-1)!.push(prepared);
      room -= elements(weight.shape as readonly number[]);
    }
  }
  return groups;
}

/** What a file keeps of the weights with that digest; undefined where it is not there or keeps something else. */
export async function readKept(host: Host, path: string, digest: string): Promise<EightBits | undefined> {
  if (!(await host.exists(path))) return undefined;
  try {
    const { tensors, metadata } = await readHeader(await host.open(path));
    if (metadata.weights !== digest) return undefined;
    const ranges = parseRanges(JSON.parse(metadata.ranges!));
    const file = host.weightFile(path);
    const places = new Map<string, ExternalData>();
    for (const [name, { dtype, start, end }] of tensors)
      places.set(name, { file, offset: start, length: end - start, dtype: dtype === "I8" ? "i8" : "f32" });
    return ranges && { ranges, kept: (name) => places.get(name) };
  } catch (error) {
    if (error instanceof UserError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseRanges(ranges: unknown): Ranges | undefined {
  if (typeof ranges !== "object" || ranges === null) return undefined;
  const isRange = (value: unknown): value is Range =>
    Array.isArray(value) && value.length === 4 && value.every((number) => Number.isFinite(number));
  return Object.values(ranges).every(isRange) ? (ranges as Ranges) : undefined;
}

/** The first of several files that can be written. */
export async function firstWritten(
  files: readonly string[],
  write: (file: string) => Promise<void>,
): Promise<string | undefined> {
  for (const file of files)
    try {
      await write(file);
      return file;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  return undefined;
}
