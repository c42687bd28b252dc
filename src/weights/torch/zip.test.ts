import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../../tests/support/memory-files.ts";
import { type ZipEntry, zip } from "../../../tests/support/torch-files.ts";
import { UserError } from "../../errors.ts";
import { readZip } from "./zip.ts";

async function opened(bytes: Uint8Array) {
  const files = memoryFiles({ z: bytes });
  const source = await files.open("z");
  return { files, source, ...(await readZip(source, (what) => new UserError(what))) };
}

const data = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of each file in an archive. */
async function texts(bytes: Uint8Array): Promise<Record<string, string>> {
  const { entries, locate, source } = await opened(bytes);
  const read = async (name: string) => {
    const entry = entries.get(name)!;
    const start = await locate(entry);
    return new TextDecoder().decode(await source.read(start, start + entry.size));
  };
  return Object.fromEntries(await Promise.all([...entries.keys()].map(async (name) => [name, await read(name)])));
}

const two: readonly ZipEntry[] = [
  { name: "a/x", data: data("hello") },
  { name: "a/y", data: data("") },
];

/** The archive with a zip64 end record, whose numbers stand for those that do not fit. */
function zip64(bytes: Uint8Array, start?: bigint): Uint8Array {
  const plain = Buffer.from(bytes);
  const end = plain.length - 22;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(plain.readUInt16LE(end + 10)), 32);
  record.writeBigUInt64LE(BigInt(plain.readUInt32LE(end + 12)), 40);
  record.writeBigUInt64LE(start ?? BigInt(plain.readUInt32LE(end + 16)), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(end), 8);
  const last = Buffer.from(plain.subarray(end));
  last.writeUInt32LE(0xffffffff, 16);
  return new Uint8Array(Buffer.concat([plain.subarray(0, end), record, locator, last]));
}

describe("readZip", () => {
  it("finds the files of an archive, also behind padding and before a comment", async () => {
    expect(await texts(zip(two))).toEqual({ "a/x": "hello", "a/y": "" });
    expect(await texts(zip(two, 37))).toEqual({ "a/x": "hello", "a/y": "" });
    const commented = Buffer.concat([zip(two), data("PK\x05\x06 and more")]);
    commented.writeUInt16LE(13, zip(two).length - 2);
    expect(await texts(new Uint8Array(commented))).toEqual({ "a/x": "hello", "a/y": "" });
  });

  it("reads the directory only", async () => {
    const { files } = await opened(zip([{ name: "a/big", data: new Uint8Array(100_000) }, ...two]));
    expect(files.reads.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(66_000);
  });

  it("follows the records of large archives", async () => {
    expect(await texts(zip64(zip(two)))).toEqual({ "a/x": "hello", "a/y": "" });
    await expect(opened(zip64(zip(two), 2n ** 60n))).rejects.toThrow("its directory does not fit into it");
  });

  it.each<[string, Uint8Array, string]>([
    ["no archive", data("PK and no more"), "it has no directory at its end; it is cut off"],
    ["one cut off", zip(two).slice(0, -1), "it has no directory at its end; it is cut off"],
    [
      "compressed files",
      zip([{ ...two[0]!, says: { method: 8 } }]),
      '"a/x" in it is compressed, which PyTorch never does',
    ],
    ["encrypted files", zip([{ ...two[0]!, says: { flags: 1 } }]), '"a/x" in it is encrypted'],
    ["files of one name", zip([two[0]!, two[0]!]), 'it has two files "a/x"'],
    ["absurd sizes", zip([{ ...two[0]!, says: { size: 0xfffffff0 } }]), '"a/x" in it overlaps what follows'],
    ["overlapping files", zip([two[0]!, { ...two[1]!, says: { header: 9 } }]), '"a/x" in it overlaps what follows'],
    ["a file at no place", zip([{ ...two[0]!, says: { header: 1 } }]), "overlaps what follows"],
    ["names upwards", zip([{ name: "../../x", data: data("") }]), 'it has a file "../../x", which leads elsewhere'],
    ["names from the root", zip([{ name: "/etc/x", data: data("") }]), 'it has a file "/etc/x", which leads elsewhere'],
    ["names of drives", zip([{ name: "C:x", data: data("") }]), 'it has a file "C:x", which leads elsewhere'],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(opened(bytes)).rejects.toThrow(message);
  });

  it("refuses files that are not where the directory says", async () => {
    const moved = zip(two);
    moved[31] = 0x62;
    await expect(texts(moved)).rejects.toThrow('"a/x" in it is not where its directory says');
    const longer = zip(two);
    longer[28] = 60; // its extra field reaches into the next file
    await expect(texts(longer)).rejects.toThrow('"a/x" in it overlaps what follows');
  });
});
