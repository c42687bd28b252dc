import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { decodePicture, encodePicture } from "../host/node/picture.ts";
import { uniform } from "../random/philox.ts";
import type { Picture } from "../runtime/host.ts";
import { insertParameters, readParameters } from "./parameters.ts";

const picture: Picture = {
  width: 21,
  height: 13,
  channels: 3,
  data: Uint8Array.from({ length: 21 * 13 * 3 }, (_, i) => (i * 5) % 256),
};
const text = 'ein Bär, "熊" 🐻\nSteps: 20, Sampler: Euler a, Seed: 7';

describe.each(["png", "jpeg", "webp"] as const)("%s", (format) => {
  it("holds a text and the same picture", async () => {
    for (const channels of [3, 4] as const) {
      const data = channels === 3 ? picture.data : new Uint8Array(21 * 13 * 4).map((_, i) => (i * 3) % 256);
      const file = await encodePicture({ ...picture, channels, data }, format);
      expect(readParameters(file, "x")).toBeUndefined();
      const written = insertParameters(file, format, text);
      expect(readParameters(written, "x")).toBe(text);
      expect(readParameters(insertParameters(written, format, "odd"), "x")).toBe("odd");
      expect(await decodePicture(written, "x")).toEqual(await decodePicture(file, "x"));
    }
  });

  it("reads any damaged file, or says that it is damaged", async () => {
    const file = insertParameters(await encodePicture(picture, format), format, text);
    for (let i = 0; i < 500; i++) {
      const chance = uniform(i, 0, 8);
      const broken = file.slice(0, i % 3 === 0 ? Math.floor(chance[0]! * file.length) : file.length);
      for (let k = 1; k < 7 && broken.length > 0; k += 2)
        broken[Math.floor(chance[k]! * Math.min(broken.length, i % 2 === 0 ? 120 : broken.length))] =
          chance[k + 1]! * 256;
      try {
        const read = readParameters(broken, "x");
        expect(read === undefined || read.length <= file.length).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });
});

it("reads what other programs write: little-endian blocks and plain text", async () => {
  const jpeg = await encodePicture(picture, "jpeg");
  const tiff = Buffer.alloc(60);
  tiff.write("II*\0", 0, "latin1");
  tiff.writeUInt32LE(8, 4);
  for (const [at, tag, type, count, value] of [
    [8, 0x8769, 4, 1, 26],
    [26, 0x9286, 7, 14, 44],
  ] as const) {
    tiff.writeUInt16LE(1, at);
    tiff.writeUInt16LE(tag, at + 2);
    tiff.writeUInt16LE(type, at + 4);
    tiff.writeUInt32LE(count, at + 6);
    tiff.writeUInt32LE(value, at + 10);
  }
  tiff.write("ASCII\0\0\0a bear", 44, "latin1");
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 68]), Buffer.from("Exif\0\0", "latin1"), tiff]);
  const file = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
  expect(readParameters(file, "x")).toBe("a bear");
});

it("says when JPEG has no room", async () => {
  const jpeg = await encodePicture(picture, "jpeg");
  expect(() => insertParameters(jpeg, "jpeg", "x".repeat(40_000))).toThrow("too long for a JPEG file");
});
