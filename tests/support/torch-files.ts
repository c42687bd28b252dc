import { crc32 } from "../../src/image/png.ts";
import { type StoredDType, storedBits } from "../../src/weights/stored.ts";

/** Writes what `torch.save` and `torch.jit.save` write, for tests: values as pickles, in a zip archive or behind another. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | Map<Value, Value>
  | Tuple
  | Call
  | Global
  | Reference
  | Raw;

/** Bytes of a pickle as they are. */
export class Raw {
  readonly bytes: Uint8Array;
  constructor(...bytes: readonly (number | string)[]) {
    this.bytes = Buffer.concat(bytes.map((b) => (typeof b === "number" ? Buffer.of(b) : Buffer.from(b, "latin1"))));
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(...items: readonly Value[]) {
    this.items = items;
  }
}

/** `"torch FloatStorage"`. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A call of a function (REDUCE), or a new object of a class (NEWOBJ) with a state (BUILD). */
export class Call {
  readonly global: Global;
  readonly args: Tuple;
  readonly state: Value | undefined;
  readonly isObject: boolean;
  constructor(name: string, args: readonly Value[], state?: Value, isObject = state !== undefined) {
    this.global = new Global(name);
    this.args = new Tuple(...args);
    this.state = state;
    this.isObject = isObject;
  }
}

/** A persistent id. */
export class Reference {
  readonly id: Tuple;
  constructor(...id: readonly Value[]) {
    this.id = new Tuple(...id);
  }
}

/** A pickle of the second protocol. */
export const pickle = (value: Value): Uint8Array =>
  Buffer.concat([Buffer.of(0x80, 2), encode(value), Buffer.from(".")]);

function encode(value: Value): Uint8Array {
  if (value === null) return Buffer.from("N");
  if (typeof value === "boolean") return Buffer.of(value ? 0x88 : 0x89);
  if (typeof value === "bigint") return long(value);
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return numbers("G", 8, (b) => b.writeDoubleBE(value, 1));
    return value >= -(2 ** 31) && value < 2 ** 31
      ? numbers("J", 4, (b) => b.writeInt32LE(value, 1))
      : long(BigInt(value));
  }
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([numbers("X", 4, (b) => b.writeUInt32LE(text.length, 1)), text]);
  }
  if (value instanceof Raw) return value.bytes;
  if (value instanceof Tuple) return wrapped("(", value.items, "t");
  if (value instanceof Global) return Buffer.from(`c${value.name.replace(" ", "\n")}\n`);
  if (value instanceof Reference) return Buffer.concat([encode(value.id), Buffer.from("Q")]);
  if (value instanceof Call) {
    const made = [encode(value.global), encode(value.args), Buffer.of(value.isObject ? 0x81 : 0x52)];
    return Buffer.concat(value.state === undefined ? made : [...made, encode(value.state), Buffer.from("b")]);
  }
  if (value instanceof Map) return wrapped("}(", [...value].flat(), "u");
  return wrapped("](", value, "e");
}

const wrapped = (before: string, items: readonly Value[], after: string): Uint8Array =>
  Buffer.concat([Buffer.from(before), ...items.map(encode), Buffer.from(after)]);

function numbers(code: string, size: number, write: (buffer: Buffer) => void): Uint8Array {
  const buffer = Buffer.alloc(1 + size);
  buffer.write(code);
  write(buffer);
  return buffer;
}

function long(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest !== 0n && rest !== -1n) {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  }
  bytes.push(value < 0n ? 0xff : 0);
  return Buffer.of(0x8a, bytes.length, ...bytes);
}

const storageNames: Partial<Record<StoredDType, string>> = {
  F32: "FloatStorage",
  F16: "HalfStorage",
  BF16: "BFloat16Storage",
  F64: "DoubleStorage",
  I64: "LongStorage",
  I32: "IntStorage",
  U8: "ByteStorage",
};

/** A view of a storage's elements. */
export interface View {
  readonly dtype: StoredDType;
  readonly key: string;
  /** Elements of the storage. */
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** As `torch.save` writes a tensor. */
export function tensorValue({ dtype, key, elements, offset = 0, shape, strides }: View, isLegacy = false): Call {
  const type = new Global(`torch ${storageNames[dtype]}`);
  const id = ["storage", type, key, "cpu", elements, ...(isLegacy ? [null] : [])];
  const hooks = new Call("collections OrderedDict", []);
  const args = [new Reference(...id), offset, new Tuple(...shape), new Tuple(...strides), false, hooks];
  return new Call("torch._utils _rebuild_tensor_v2", args);
}

/** Bytes of a storage of so many elements. */
export const storageBytes = (dtype: StoredDType, elements: number): number => (elements * storedBits[dtype]) / 8;

/** A file in an archive, with what its headers say instead of the truth. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly says?: {
    readonly size?: number;
    readonly method?: number;
    readonly flags?: number;
    readonly header?: number;
  };
}

/** A zip archive whose files are stored, each behind so many bytes of padding. */
export function zip(entries: readonly ZipEntry[], padding = 0): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, says = {} } of entries) {
    const { size = data.length, method = 0, flags = 0, header = at } = says;
    const title = Buffer.from(name, "latin1");
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    for (const [offset, value] of [
      [14, crc32(data)],
      [18, size],
      [22, size],
    ] as const)
      local.writeUInt32LE(value, offset);
    local.writeUInt16LE(title.length, 26);
    local.writeUInt16LE(padding, 28);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    for (const [offset, value] of [
      [16, crc32(data)],
      [20, size],
      [24, size],
      [42, header],
    ] as const)
      central.writeUInt32LE(value, offset);
    central.writeUInt16LE(title.length, 28);
    files.push(local, title, Buffer.alloc(padding), data);
    directory.push(central, title);
    at += 30 + title.length + padding + data.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...files, listed, end]));
}

/** What `torch.save` writes since version 1.6. */
export const torchZip = (
  value: Value,
  storages: Readonly<Record<string, Uint8Array>> = {},
  root = "archive",
): Uint8Array =>
  zip([
    { name: `${root}/data.pkl`, data: pickle(value) },
    ...Object.entries(storages).map(([key, data]) => ({ name: `${root}/data/${key}`, data })),
    { name: `${root}/version`, data: Buffer.from("3\n") },
  ]);

/** What it wrote before; `elements` of each storage. */
export function torchLegacy(
  value: Value,
  storages: Readonly<Record<string, { readonly elements: number; readonly data: Uint8Array }>> = {},
): Uint8Array {
  const machine = new Map<Value, Value>([
    ["protocol_version", 1001],
    ["little_endian", true],
  ]);
  const head = [0x1950a86a20f9469cfc6cn, 1001, machine, value, Object.keys(storages)].map((v) => pickle(v));
  const bodies = Object.values(storages).flatMap(({ elements, data }) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(elements));
    return [count, data];
  });
  return new Uint8Array(Buffer.concat([...head, ...bodies]));
}
