import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { memoryFiles } from "../../../tests/support/memory-files.ts";
import { readTar } from "./tar.ts";

const fixture = (name: string): Promise<Uint8Array> => readFile(`tests/fixtures/tar/${name}.tar`);

async function listed(bytes: Uint8Array): Promise<{ name: string; text: string }[]> {
  const source = await memoryFiles({ "a.tar": bytes }).open("a.tar");
  const text = async (start: number, end: number): Promise<string> =>
    new TextDecoder().decode(await source.read(start, end));
  return Promise.all((await readTar(source)).map(async (e) => ({ name: e.name, text: await text(e.start, e.end) })));
}

describe("readTar", () => {
  const short = [
    { name: "000.jpg", text: "p".repeat(700) },
    { name: "000.txt", text: "a bear" },
    { name: "001.json", text: '{"caption":"an apple"}' },
  ];
  const long = { name: `deep/${"x".repeat(120)}.txt`, text: "long" };

  test.each([
    ["ustar", short],
    ["gnu", [...short, long]],
    ["pax", [...short, long]],
  ])("lists what GNU tar wrote as %s", async (name, files) => {
    expect(await listed(await fixture(name))).toEqual(files);
  });

  test("refuses an archive that is cut off in a file", async () => {
    const bytes = (await fixture("ustar")).subarray(0, 1000);
    await expect(listed(bytes)).rejects.toThrow("a.tar is cut off: the file at byte 0 ends at 1212 of 1000");
  });

  test("refuses a header whose sum is wrong, and what is no archive", async () => {
    const bytes = new Uint8Array(await fixture("ustar"));
    bytes[124 + 5]! ^= 1;
    await expect(listed(bytes)).rejects.toThrow("a.tar is damaged or not a tar archive: no header at byte 0");
    await expect(listed(new TextEncoder().encode("hello ".repeat(200)))).rejects.toThrow("a.tar is damaged");
  });

  test("refuses a size that leads beyond the archive, however large", async () => {
    const bytes = new Uint8Array(await fixture("ustar"));
    bytes.set([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 124);
    bytes.fill(0x20, 148, 156);
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    await expect(listed(bytes)).rejects.toThrow("a.tar is cut off");
  });
});
