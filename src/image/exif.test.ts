import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { formatExif, insertExif, parseExif, readExif } from "./exif.ts";
import { encodePng, readChunks } from "./png.ts";

const numbers = new Map([
  [11000, 44100],
  [11005, 0],
  [11040, 96000],
  [11070, 0.25],
  [11080, 30e6],
]);

const png = await encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) }, deflateSync);

describe("numbers in EXIF", () => {
  it("come back, from PNG as from the block", () => {
    const block = formatExif(numbers, new Set([11080]));
    expect(parseExif(block)).toEqual(numbers);
    expect(readExif(insertExif(png, block), "a.png")).toEqual(numbers);
  });

  it("come back whatever they are", () => {
    // Whole numbers have no negative zero.
    const double = fc.double({ noNaN: true }).map((value) => value + 0);
    const values = fc.dictionary(fc.nat(65535).map(String), fc.oneof(fc.nat(2 ** 32 - 1), double), { maxKeys: 20 });
    fc.assert(
      fc.property(values, (entries) => {
        const given = new Map(Object.entries(entries).map(([tag, value]) => [Number(tag), value]));
        expect(parseExif(formatExif(given))).toEqual(given);
      }),
    );
  });

  it("are read in either order of bytes", () => {
    // II, 42, directory at 8: one entry, tag 11000, SHORT, one value, 44100.
    const little = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0xf8, 0x2a, 3, 0, 1, 0, 0, 0, 0x44, 0xac, 0, 0, 0, 0, 0, 0];
    expect([...parseExif(Uint8Array.from(little))]).toEqual([[11000, 44100]]);
  });

  it("replace those that were there", () => {
    const once = insertExif(png, formatExif(new Map([[11000, 8000]])));
    const twice = insertExif(once, formatExif(numbers));
    expect(readExif(twice, "a.png")).toEqual(numbers);
    expect(readChunks(twice, "a.png").map(({ type }) => type)).toEqual(["IHDR", "eXIf", "IDAT", "IEND"]);
  });

  it("are none in other files", () => {
    expect(readExif(png, "a.png").size).toBe(0);
    expect(readExif(Uint8Array.of(), "nothing").size).toBe(0);
    expect(readExif(Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 69), "a.jpg").size).toBe(0);
  });

  it("do no harm when they are damaged", () => {
    const block = formatExif(numbers);
    const head = [0xff, 0xd8, 0xff, 0xe1, 0, block.length + 8, 0x45, 0x78, 0x69, 0x66, 0, 0];
    const files = [insertExif(png, block), Uint8Array.from([...head, ...block, 0xff, 0xda])];
    const change = fc.tuple(fc.nat(200), fc.oneof(fc.nat(255), fc.constantFrom(0, 255)));
    fc.assert(
      fc.property(
        fc.constantFrom(...files, block),
        fc.nat(250),
        fc.array(change, { maxLength: 6 }),
        (file, length, changes) => {
          const broken = file.slice(0, length);
          for (const [at, value] of changes) if (at < broken.length) broken[at] = value;
          expect(parseExif(broken).size).toBeLessThanOrEqual(broken.length / 12);
          try {
            readExif(broken, "broken");
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
