import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { golden, tensors } from "../../tests/support/golden.ts";
import { memoryFiles } from "../../tests/support/memory-files.ts";
import { UserError } from "../errors.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import {
  readFloats,
  readHeader,
  readTensor,
  type TensorToWrite,
  toStore,
  toStoreAsF16,
  writeSafetensors,
} from "./safetensors.ts";
import { type StoredDType, storedBits } from "./stored.ts";

/** A file with this header, as text or bytes, followed by that many bytes of data. */
function file(header: unknown, data = 0, announced?: bigint): Uint8Array {
  const json =
    header instanceof Uint8Array
      ? header
      : new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, announced ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: unknown, start: unknown, end: unknown) => ({ dtype: "F32", shape, data_offsets: [start, end] });

const header = async (bytes: Uint8Array) =>
  readHeader(await memoryFiles({ "m.safetensors": bytes }).open("m.safetensors"));

describe("readHeader", () => {
  it("gives names, types, shapes and places in the file", async () => {
    const json = { __metadata__: { format: "pt" }, b: f32([2], 4, 12), a: f32([], 0, 4), empty: f32([0, 3], 4, 4) };
    const base = 8 + JSON.stringify(json).length;
    const { tensors: found, metadata } = await header(file(json, 12));
    expect(metadata).toEqual({ format: "pt" });
    expect([...found.values()]).toEqual([
      { name: "a", dtype: "F32", shape: [], start: base, end: base + 4 },
      { name: "empty", dtype: "F32", shape: [0, 3], start: base + 4, end: base + 4 },
      { name: "b", dtype: "F32", shape: [2], start: base + 4, end: base + 12 },
    ]);
  });

  it("accepts a file without tensors", async () => {
    expect((await header(file({}))).tensors.size).toBe(0);
  });

  const broken: Record<string, [Uint8Array, string]> = {
    "an empty file": [new Uint8Array(0), "it has 0 bytes, too few for a header"],
    "a cut header": [file({ a: f32([1], 0, 4) }, 0, 900n), "it announces a header of 900 bytes and has only"],
    "a lying length": [file({}, 0, 2n ** 63n), "is it a safetensors file?"],
    "a zip file": [new TextEncoder().encode("PK\x03\x04 and so on and on"), "is it a safetensors file?"],
    "bad UTF-8": [file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), "its header is not UTF-8"],
    "a byte order mark": [file("\ufeff{}"), "its header is not JSON"],
    "bad JSON": [file("{,}"), "its header is not JSON"],
    "a list": [file([]), "its header is not a JSON object"],
    "a repeated name": [
      file(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        4,
      ),
      'its header has "a" twice',
    ],
    "a repeated field": [
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2),
      '"dtype" twice',
    ],
    "metadata that is not text": [file({ __metadata__: { steps: 3 } }), '__metadata__ "steps" is not text'],
    "an entry that is a number": [file({ a: 1 }), 'tensor "a" is not described by an object'],
    "an unknown type": [
      file({ a: { ...f32([1], 0, 4), dtype: "constructor" } }, 4),
      'has the unknown type "constructor"',
    ],
    "a negative length": [file({ a: f32([-1], 0, 4) }, 4), 'tensor "a" has a shape that is not a list of lengths'],
    "a fractional length": [file({ a: f32([0.5], 0, 2) }, 2), "has a shape that is not a list of lengths"],
    "a huge shape": [file({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4), "has a shape too large to count"],
    "a negative offset": [file({ a: f32([1], -4, 0) }, 4), "has data_offsets that are not a range"],
    "offsets the wrong way round": [file({ a: f32([1], 4, 0) }, 4), "has data_offsets that are not a range"],
    "three offsets": [file({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 4] } }, 4), "that are not a range"],
    "a size that does not fit": [
      file({ a: f32([3], 0, 8) }, 8),
      'tensor "a" is F32 [3], which takes 12 bytes, but occupies 8',
    ],
    "half a byte": [file({ a: { dtype: "F4", shape: [3], data_offsets: [0, 2] } }, 2), "which takes 1.5 bytes"],
    "data cut off": [file({ a: f32([2 ** 40], 0, 2 ** 42) }, 8), 'tensor "a" ends at byte'],
    "an overlap": [file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), 'tensors "a" and "b" overlap'],
    "the same bytes twice": [file({ a: f32([2], 0, 8), b: f32([2], 0, 8) }, 8), 'tensors "a" and "b" overlap'],
    "a hole": [file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), 'a hole of 4 bytes between "a" and tensor "b"'],
    "a hole at the start": [file({ a: f32([1], 4, 8) }, 8), "a hole of 4 bytes between the header and"],
    "bytes to spare": [file({ a: f32([1], 0, 4) }, 7), "3 bytes at its end belong to no tensor"],
  };
  it.each(Object.entries(broken))("refuses %s in one line", async (_, [bytes, message]) => {
    const error: unknown = await header(bytes).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^m\.safetensors cannot be read as safetensors: [^\n]*$/);
    expect((error as Error).message).toContain(message);
  });

  it("asks for no more than the header, whatever the file says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.bigInt({ min: 0n, max: 200n }), async (body, length) => {
        const bytes = file(body, 0, length);
        const files = memoryFiles({ f: bytes });
        await readHeader(await files.open("f")).catch((error: unknown) => expect(error).toBeInstanceOf(UserError));
        for (const { start, end } of files.reads) expect(start <= end && end <= bytes.length).toBe(true);
      }),
    );
  });

  it("survives any change of one byte of a header", async () => {
    const good = file({ __metadata__: { a: "b" }, x: f32([2, 1], 0, 8), y: f32([1], 8, 12) }, 12);
    for (let at = 0; at < good.length - 12; at++)
      for (const byte of [0, 0x22, 0x2d, 0x39, 0x7b, 0xff])
        await header(good.with(at, byte)).catch((error: unknown) => expect(error).toBeInstanceOf(UserError));
  });
});

describe("reading tensors", () => {
  it.each(["unet-sd1", "clip-full-openai", "e2e-sd1"])("agrees with an independent reader on %s", async (name) => {
    const { path } = golden(name);
    const files = memoryFiles({ f: await import("node:fs").then((fs) => fs.readFileSync(path("inputs.safetensors"))) });
    const source = await files.open("f");
    const found = (await readHeader(source)).tensors;
    const expected = tensors(path("inputs.safetensors"));
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, entry] of found) expect(await readTensor(source, entry)).toEqual(expected.get(key));
  });

  const stored: [StoredDType, number[], NdArray["dtype"], number[]][] = [
    ["BOOL", [0, 1], "bool", [0, 1]],
    ["U8", [0, 255], "u8", [0, 255]],
    ["I8", [1, 255], "i8", [1, -1]],
    ["I16", [0xfe, 0xff], "i32", [-2]],
    ["U16", [0xfe, 0xff], "i32", [65534]],
    ["I32", [0xfe, 0xff, 0xff, 0xff], "i32", [-2]],
    ["U32", [0xfe, 0xff, 0xff, 0xff], "i64", [4294967294]],
    ["I64", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "i64", [-2]],
    ["F16", [0x00, 0xc0], "f16", [-2]],
    ["BF16", [0x40, 0xc0], "f32", [-3]],
    ["F32", [0, 0, 0x40, 0xc0], "f32", [-3]],
    ["F64", [0, 0, 0, 0, 0, 0, 0x08, 0xc0], "f32", [-3]],
    ["F8_E5M2", [0x3c, 0xc2, 0x01, 0x7c], "f32", [1, -3, 2 ** -16, Infinity]],
    ["F8_E4M3", [0x38, 0xc4, 0x01, 0x08, 0x7e, 0x7f], "f32", [1, -3, 2 ** -9, 2 ** -6, 448, Number.NaN]],
    ["F8_E8M0", [127, 0, 130, 255], "f32", [1, 2 ** -127, 8, Number.NaN]],
  ];
  it.each(stored)("decodes %s", async (dtype, data, held, values) => {
    const entry = { dtype, shape: [values.length], data_offsets: [0, data.length] };
    const bytes = file({ a: entry }, data.length);
    bytes.set(data, bytes.length - data.length);
    const source = await memoryFiles({ f: bytes }).open("f");
    const a = (await readHeader(source)).tensors.get("a")!;
    expect((await readTensor(source, a)).dtype).toBe(held);
    expect(await readFloats(source, a)).toEqual(Float32Array.from(values));
  });

  it.each(["F4", "C64", "U64"] as const)("refuses values of %s by name", async (dtype) => {
    const size = storedBits[dtype] / 4;
    const bytes = file({ a: { dtype, shape: [2], data_offsets: [0, size] } }, size);
    const source = await memoryFiles({ f: bytes }).open("f");
    const a = (await readHeader(source)).tensors.get("a")!;
    await expect(readTensor(source, a)).rejects.toThrow(`f: "a" is ${dtype}, which cannot be read`);
  });
});

describe("writeSafetensors", () => {
  const values = fc.oneof(
    fc.float32Array({ maxLength: 6 }).map((data): NdArray => ({ dtype: "f32", shape: [data.length], data })),
    fc.bigInt64Array({ maxLength: 6 }).map((data): NdArray => ({ dtype: "i64", shape: [1, data.length], data })),
    fc.uint8Array({ maxLength: 6 }).map((data): NdArray => ({ dtype: "u8", shape: [data.length, 1], data })),
    fc.uint16Array({ minLength: 1, maxLength: 1 }).map((data): NdArray => ({ dtype: "f16", shape: [], data })),
  );
  const names = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "0", "1", 'a"b\\', "constructor"));

  it("round-trips any names, types and values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, maxLength: 8 }),
        fc.dictionary(fc.string(), fc.string()),
        async (pairs, metadata) => {
          fc.pre(pairs.every(([name]) => name !== "__metadata__"));
          const files = memoryFiles();
          await writeSafetensors(files, "f", new Map(pairs.map(([name, array]) => [name, toStore(array)])), metadata);
          const source = await files.open("f");
          const back = await readHeader(source);
          expect(back.metadata).toEqual({ format: "pt", ...metadata });
          expect(back.tensors.size).toBe(pairs.length);
          for (const [name, array] of pairs) {
            const entry = back.tensors.get(name)!;
            expect(entry.start % (storedBits[entry.dtype] / 8)).toBe(0);
            expect(await readTensor(source, entry)).toEqual(array);
          }
        },
      ),
    );
  });

  it("rounds to half precision on the way", async () => {
    const files = memoryFiles();
    await writeSafetensors(files, "f", new Map([["a", toStoreAsF16(ndarray(Float32Array.of(0.1, -70000), [2]))]]));
    const source = await files.open("f");
    const a = (await readHeader(source)).tensors.get("a")!;
    expect(a.dtype).toBe("F16");
    expect([...(await readFloats(source, a))]).toEqual([0.0999755859375, -Infinity]);
  });

  it("asks for one tensor at a time, in the order of the file", async () => {
    const asked: string[] = [];
    const lazy = (name: string, dtype: StoredDType, size: number): [string, TensorToWrite] => [
      name,
      { dtype, shape: [1], bytes: async () => new Uint8Array(size).fill(asked.push(name)) },
    ];
    const files = memoryFiles();
    await writeSafetensors(files, "f", new Map([lazy("a", "U8", 1), lazy("b", "F32", 4), lazy("c", "F32", 4)]));
    expect(asked).toEqual(["b", "c", "a"]);
    expect([...(await readHeader(await files.open("f"))).tensors.keys()]).toEqual(["b", "c", "a"]);
    await expect(writeSafetensors(files, "g", new Map([lazy("short", "F32", 3)]))).rejects.toThrow("short has 3 bytes");
    expect(await files.exists("g")).toBe(false);
  });
});
