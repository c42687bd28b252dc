import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UserError } from "../../errors.ts";
import type { Picture } from "../../runtime/host.ts";
import { decodePicture, encodePicture } from "./picture.ts";

const gradient = (width: number, height: number, channels: 1 | 3 | 4): Picture => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) =>
    channels === 4 && i % 4 === 3 ? 255 - (i % 200) : (i * 7 + (i >> 5)) & 255,
  ),
});

const raw = ({ width, height, channels, data }: Picture) => sharp(data, { raw: { width, height, channels } });
const colour = gradient(40, 30, 3);

describe("decodePicture", () => {
  it.each([
    ["PNG", raw(colour).png(), 3],
    ["PNG of 16 bits", raw(colour).toColourspace("rgb16").png(), 3],
    ["grey PNG of 16 bits", raw(colour).greyscale().toColourspace("grey16").png(), 3],
    ["PNG with alpha", raw(gradient(40, 30, 4)).png(), 4],
    ["JPEG", raw(colour).jpeg(), 3],
    ["grey JPEG", raw(colour).toColourspace("b-w").jpeg(), 3],
    ["CMYK JPEG", raw(colour).toColourspace("cmyk").jpeg(), 3],
    ["WebP", raw(colour).webp(), 3],
    ["AVIF", raw(colour).avif({ effort: 0 }), 3],
    ["TIFF", raw(colour).tiff(), 3],
  ])("reads %s", async (_, encoder, channels) => {
    const picture = await decodePicture(await encoder.toBuffer(), "a picture");
    expect(picture).toMatchObject({ width: 40, height: 30, channels });
    expect(picture.data.length).toBe(40 * 30 * channels);
  });

  it("keeps 8-bit values and repeats grey", async () => {
    expect(await decodePicture(await raw(colour).png().toBuffer(), "a")).toEqual(colour);
    const grey = await decodePicture(await encodePicture(gradient(5, 4, 1), "png"), "a");
    expect([...grey.data]).toEqual([...gradient(5, 4, 1).data].flatMap((x) => [x, x, x]));
  });

  it("reads the first frame of an animation", async () => {
    const frames = ["#f00", "#00f"].map((background) => ({ create: { width: 9, height: 9, channels: 3, background } }));
    const gif = await sharp(frames as never, { join: { animated: true } })
      .gif()
      .toBuffer();
    const { width, height, data } = await decodePicture(gif, "two frames");
    expect([width, height, ...data.subarray(0, 4)]).toEqual([9, 9, 255, 0, 0, 255]);
  });

  it("turns photographs upright", async () => {
    const turned = await raw(colour).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodePicture(turned, "turned")).toMatchObject({ width: 30, height: 40 });
  });

  const bomb = async () => {
    const png = Buffer.from(await encodePicture(colour, "png"));
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    return png;
  };
  const cut = async (file: Promise<Uint8Array>, bytes: number) => (await file).subarray(0, -bytes);

  it.each([
    ["text", async () => Buffer.from("a bear"), "bad: not a PNG"],
    [
      "a drawing",
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      "not a PNG",
    ],
    ["nothing", async () => new Uint8Array(), "bad: the file is empty"],
    ["a cut PNG", () => cut(raw(colour).png().toBuffer(), 500), "bad: the picture is damaged"],
    ["a cut JPEG", () => cut(raw(colour).jpeg().toBuffer(), 300), "bad: the picture is damaged"],
    ["a cut WebP", () => cut(raw(colour).webp().toBuffer(), 100), "bad: the picture is damaged"],
    ["a cut AVIF", () => cut(raw(colour).avif({ effort: 0 }).toBuffer(), 50), "bad: the picture is damaged"],
    ["the first bytes of a PNG", async () => (await encodePicture(colour, "png")).subarray(0, 30), "damaged"],
    ["3600 million pixels", bomb, "bad: the picture has more than 256 million pixels"],
  ])("refuses %s in one line", async (_, make, message) => {
    const error: unknown = await decodePicture(await make(), "bad").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });
});

describe("encodePicture", () => {
  it.each([1, 3, 4] as const)("writes PNG of %d channels that others read", async (channels) => {
    const picture = gradient(37, 23, channels);
    const png = await encodePicture(picture, "png");
    const { data } = await sharp(png)
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual([...picture.data]);
    expect(await encodePicture(picture, "png")).toEqual(png);
  });

  it("writes JPEG over white and WebP with alpha", async () => {
    const clear = { ...gradient(16, 16, 4), data: new Uint8Array(16 * 16 * 4) };
    const jpeg = await decodePicture(await encodePicture(clear, "jpeg"), "a");
    expect(jpeg.channels).toBe(3);
    expect(jpeg.data.every((x) => x > 250)).toBe(true);
    expect(await decodePicture(await encodePicture(clear, "webp"), "a")).toMatchObject({ width: 16, channels: 4 });
  });
});
