import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../errors.ts";
import { fileExists, listFolder, openFile, removeParts, writeFile } from "./files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-files-"));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

async function expectUserError(work: Promise<unknown>, message: string): Promise<void> {
  const error = await failure(work);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toBe(message);
}

describe("openFile", () => {
  it("reads by range", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "0123456789");
    const source = await openFile(path);
    expect(source.size).toBe(10);
    expect(Buffer.from(await source.read(2, 5)).toString()).toBe("234");
    expect((await source.read(10, 10)).length).toBe(0);
    await expectUserError(source.read(8, 12), `${path} ends at byte 10, before 12; it is cut off`);
  });

  it("notices that the file became another", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "0123456789");
    const source = await openFile(path);
    await writeFile(path, [bytes("9876543210")]);
    await expectUserError(source.read(0, 1), `${path} changed while it was being read; try again`);
  });

  it("explains what cannot be read", async () => {
    const missing = join(folder, "missing");
    await expectUserError(openFile(missing), `cannot read ${missing}: there is no such file`);
    await expectUserError(openFile(folder), `cannot read ${folder}: it is not a file`);
    const below = join(folder, "a", "b");
    writeFileSync(join(folder, "a"), "");
    await expectUserError(openFile(below), `cannot read ${below}: a part of the path is a file, not a folder`);
  });
});

describe("fileExists and listFolder", () => {
  it("know what is there", async () => {
    mkdirSync(join(folder, "b"));
    writeFileSync(join(folder, "a"), "");
    expect(await listFolder(folder)).toEqual(["a", "b"]);
    expect(await listFolder(join(folder, "missing"))).toEqual([]);
    expect(await fileExists(join(folder, "b"))).toBe(true);
    expect(await fileExists(join(folder, "missing"))).toBe(false);
    expect(await fileExists(join(folder, "a", "below a file"))).toBe(false);
  });
});

describe("writeFile", () => {
  it("makes folders and joins chunks, also those that come later", async () => {
    const path = join(folder, "new", "deep", "a");
    await writeFile(path, [bytes("one "), bytes(""), bytes("two")]);
    expect(readFileSync(path, "utf8")).toBe("one two");
    await writeFile(
      path,
      (async function* () {
        yield bytes("three");
      })(),
    );
    expect(readFileSync(path, "utf8")).toBe("three");
    expect(readdirSync(join(folder, "new", "deep"))).toEqual(["a"]);
  });

  it("keeps the old file and nothing else when the chunks fail", async () => {
    const path = join(folder, "a");
    writeFileSync(path, "old");
    const failing = (function* () {
      yield bytes("new");
      throw new Error("no more");
    })();
    expect(await failure(writeFile(path, failing))).toEqual(new Error("no more"));
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("explains what cannot be written and leaves nothing behind", async () => {
    mkdirSync(join(folder, "b"));
    writeFileSync(join(folder, "b", "c"), "");
    await expectUserError(
      writeFile(join(folder, "b"), [bytes("x")]),
      `cannot write ${join(folder, "b")}: it is a folder`,
    );
    const below = join(folder, "b", "c", "d");
    await expectUserError(writeFile(below, []), `cannot write ${below}: a part of the path is a file, not a folder`);
    const long = join(folder, "x".repeat(300));
    await expectUserError(writeFile(long, []), `cannot write ${long}: the name is too long`);
    expect(readdirSync(folder)).toEqual(["b"]);
  });

  it("says that the disk is full", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const chunks = (function* () {
      yield bytes("x");
      throw full;
    })();
    const path = join(folder, "a");
    await expectUserError(
      writeFile(path, chunks),
      `cannot write ${path}: the disk is full; free some space and try again`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)("says that permission is missing", async () => {
    chmodSync(folder, 0o500);
    const path = join(folder, "a");
    await expectUserError(writeFile(path, []), `cannot write ${path}: permission denied`);
  });
});

it("removes what killed processes left, and nothing that may be in the making", async () => {
  const before = Date.now() / 1000 - 120;
  for (const name of ["a.tar.17-0.part", "b.tar.17-1.part", "mine.part"]) writeFileSync(join(folder, name), "x");
  for (const name of ["a.tar.17-0.part", "mine.part"]) utimesSync(join(folder, name), before, before);
  await removeParts(folder);
  expect(readdirSync(folder)).toEqual(["b.tar.17-1.part", "mine.part"]);
  await removeParts(join(folder, "none"));
});
