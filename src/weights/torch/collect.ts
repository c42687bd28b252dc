import type { UserError } from "../../errors.ts";
import { type StoredDType, storedBits } from "../stored.ts";
import { isRowMajor, reach } from "../strides.ts";
import { Inert, type Storage, TorchTensor } from "./objects.ts";

/** What a pickle holds that is of use. */
export interface Collected {
  /** By their path in nested dictionaries, `model.bias`. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Words and numbers beside them. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether it is a compiled model (TorchScript). */
  readonly compiled: boolean;
}

type Fail = (what: string) => UserError;

const deepest = 64;
const highestRank = 32;
const longestPath = 1000;
const mostValues = 1000;
const longestValue = 10_000;

/**
 * The tensors of a state dictionary: of `state_dict` where there is one, as training programs write; of all nested
 * dictionaries otherwise; of a compiled model's attributes. `room` is how many values may be looked at.
 */
export function collect(root: unknown, room: number, fail: Fail): Collected {
  const tensors = new Map<string, TorchTensor>();
  const values: Record<string, string> = {};
  let left = room;
  const compiled = root instanceof Inert && root.path.startsWith("__torch__.");

  const visit = (value: unknown, path: string, depth: number): void => {
    if (--left < 0 || depth > deepest) throw fail("its dictionaries are nested in themselves or without end");
    if (path.length > longestPath) throw fail(`it has a name of more than ${longestPath} letters`);
    if (value instanceof TorchTensor) {
      if (tensors.has(path)) throw fail(`it has two tensors ${path}`);
      tensors.set(path, value);
    } else if (value instanceof Map) {
      for (const [key, item] of value as Map<unknown, unknown>)
        if (typeof key === "string" || typeof key === "number")
          visit(item, path === "" ? String(key) : `${path}.${key}`, depth + 1);
    } else if (value instanceof Inert && compiled) visit(value.state, path, depth + 1);
    else if (value instanceof Inert && value.path.endsWith(".ParameterDict") && value.state instanceof Map)
      visit(value.state.get("_parameters"), path, depth + 1); // as the first textual inversions were saved
    else note(path, value);
  };
  const note = (path: string, value: unknown): void => {
    const isText = typeof value === "string" && value.length <= longestValue;
    if ((isText || typeof value === "number" || typeof value === "boolean") && Object.keys(values).length < mostValues)
      values[path] = String(value);
  };

  const state = root instanceof Map ? (root.get("state_dict") as unknown) : undefined;
  if (state instanceof Map) {
    visit(state, "", 0);
    for (const [key, value] of root as Map<unknown, unknown>) if (typeof key === "string") note(key, value);
  } else visit(root, "", 0);
  return { tensors, values, compiled };
}

/** A view of a storage, checked. */
export interface CheckedView {
  readonly dtype: StoredDType;
  readonly key: string;
  /** Bytes of the whole storage. */
  readonly size: number;
  /** Byte of the storage at which the view begins, and the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly shape: readonly number[];
  /** In elements; absent where they lie row by row. */
  readonly strides?: readonly number[];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isCount);

/** Checks what a pickle says of a tensor. A view has no more elements than its storage: none is repeated. */
export function checkView(name: string, tensor: TorchTensor, fail: Fail): CheckedView {
  const failHere: Fail = (what) => fail(`tensor ${JSON.stringify(name)} ${what}`);
  const { storage, offset, shape, strides, type } = tensor;
  const { dtype } = type;
  if (!dtype || (storage.type.dtype && storage.type.dtype !== dtype)) throw failHere("has no type of its storage's");
  const { key, size, first, count } = checkStorage(storage, failHere);
  const rank = Array.isArray(shape) ? shape.length : 0;
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || rank !== strides.length || rank > highestRank)
    throw failHere("has a shape, strides or an offset that make no sense");
  const element = storedBits[dtype] / 8;
  const elements = shape.reduce((product, axis) => product * axis, 1);
  const span = reach(shape, strides);
  if (!Number.isSafeInteger(elements) || Math.max(elements, offset + span) * element > count)
    throw failHere(`is [${shape}] from ${offset} on, more than its storage has`);
  const start = first + offset * element;
  const view = { dtype, key, size, start, end: start + span * element, shape: [...shape] };
  return isRowMajor(shape, strides) ? view : { ...view, strides: [...strides] };
}

/** Sizes in bytes: of the storage, and of the part of it that is meant. */
export function checkStorage({ type, key, elements, part }: Storage, fail: Fail) {
  const element = type.dtype ? storedBits[type.dtype] / 8 : 1;
  if (typeof key !== "string" || !isCount(elements)) throw fail("has a storage without a name or a size");
  const size = elements * element;
  if (part === undefined) return { key, size, first: 0, count: size };
  const [, first, count] = Array.isArray(part) ? (part as unknown[]) : [];
  if (!isCount(first) || !isCount(count) || first + count > elements) throw fail("has a storage outside of another");
  return { key, size, first: first * element, count: count * element };
}
