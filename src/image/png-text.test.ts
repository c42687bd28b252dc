import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { crc32, encodePng, readChunks } from "./png.ts";
import { insertPngText, readPngText } from "./png-text.ts";

const png = await encodePng({ width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }, deflateSync);

it("has PNG's checksum", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

describe("PNG text", () => {
  it("comes back, Latin-1 as tEXt and the rest as iTXt", () => {
    const texts = { parameters: "a bear, 7°\nSteps: 20", Comment: "熊 🐻", empty: "" };
    const file = insertPngText(png, texts);
    expect(Object.fromEntries(readPngText(file, "bear.png"))).toEqual(texts);
    const types = readChunks(file, "bear.png").map(({ type }) => type);
    expect(types).toEqual(["IHDR", "tEXt", "iTXt", "tEXt", "IDAT", "IEND"]);
  });

  it("replaces a text of the same keyword and keeps the pixels", async () => {
    const once = insertPngText(png, { parameters: "old", Title: "bear" });
    const twice = insertPngText(once, { parameters: "new" });
    expect(Object.fromEntries(readPngText(twice, "a"))).toEqual({ parameters: "new", Title: "bear" });
    expect([...(await sharp(twice).raw().toBuffer())]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("is what other programs read and write", async () => {
    const { comments } = await sharp(insertPngText(png, { parameters: "Steps: 20" })).metadata();
    expect(comments).toEqual([{ keyword: "parameters", text: "Steps: 20" }]);
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(readPngText(insertPngText(png, { parameters: text }), "a").get("parameters")).toBe(text);
      }),
    );
  });

  it("throws nothing but UserError for damaged files", () => {
    const file = insertPngText(png, { parameters: "熊", Title: "bear" });
    const damage = fc.tuple(
      fc.nat(file.length),
      fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 4 }),
    );
    fc.assert(
      fc.property(damage, ([length, changes]) => {
        const broken = file.slice();
        for (const [at, value] of changes) broken[at] = value;
        try {
          readPngText(broken.subarray(0, length), "broken.png");
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as Error).message).toMatch(/^broken\.png: [^\n]+$/);
        }
      }),
    );
  });

  it("says what is wrong", () => {
    expect(() => readPngText(Uint8Array.of(1, 2), "x.png")).toThrow("x.png: not a PNG picture");
    expect(() => readPngText(png.subarray(0, 40), "x.png")).toThrow("x.png: the PNG ends in the middle");
    const broken = png.slice();
    broken[20]! ^= 1;
    expect(() => readPngText(broken, "x.png")).toThrow("damaged at byte 8 (checksum)");
  });
});
