import sharp from "sharp";
import { expect, it } from "vitest";
import { openaiPreprocessing } from "../../../image/clip-preprocess.ts";
import type { LookOptions, Seen } from "../../../image/look.ts";
import { openLook } from "./look.ts";
import { lookAt } from "./look-here.ts";

const options: LookOptions = {
  minSize: 16,
  maxAspect: 3,
  resize: "keep_ratio",
  size: 32,
  format: "jpg",
  preprocessing: openaiPreprocessing(24),
};

const plain = (width: number, height: number, background = "#d22") =>
  sharp({ create: { width, height, channels: 3, background } });
const noise = Buffer.from(Array.from({ length: 60 * 40 * 3 }, (_, i) => (i * i * 7919) % 251));
const busy = () => sharp(noise, { raw: { width: 60, height: 40, channels: 3 } });

const look = async (bytes: Uint8Array, changed: Partial<LookOptions> = {}) =>
  (await lookAt(bytes, { ...options, ...changed })).seen;

const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length / 2);

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>';

async function huge(): Promise<Buffer> {
  const png = await plain(60, 40).png().toBuffer();
  png.writeUInt32BE(50_000, 16);
  png.writeUInt32BE(50_000, 20);
  return png;
}

it.each<[string, () => Promise<Uint8Array>, string]>([
  ["nothing", async () => new Uint8Array(), "failed_to_resize: empty file"],
  ["a page", async () => Buffer.from("<html>"), "failed_to_resize: not a picture of a kind that is read"],
  ["a drawing", async () => Buffer.from(svg), "failed_to_resize: not a picture of a kind that is read"],
  ["a cut JPEG", async () => half(await busy().jpeg().toBuffer()), "failed_to_resize: damaged or cut off"],
  ["a cut PNG", async () => half(await busy().png().toBuffer()), "failed_to_resize: damaged or cut off"],
  ["only a head", async () => Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "failed_to_resize: damaged or cut off"],
  ["2500 million pixels", huge, "failed_to_resize: more than 64 million pixels"],
  ["a small one", () => plain(40, 15).png().toBuffer(), "filtered: smaller than 16 pixels"],
  ["a narrow one", () => plain(20, 90).png().toBuffer(), "filtered: longer than 3 times its shorter side"],
])("tells what is wrong with %s", async (_, make, expected) => {
  const seen = await look(await make());
  expect("reason" in seen && `${seen.status}: ${seen.reason}`).toBe(expected);
});

it.each(["jpeg", "webp", "avif", "gif", "tiff", "png"] as const)("sees %s whatever it is called", async (format) => {
  const encoded = format === "avif" ? busy().avif({ effort: 0 }) : busy()[format]();
  const seen = (await look(await encoded.toBuffer())) as Seen;
  expect(seen).toMatchObject({ original: { width: 60, height: 40 }, width: 48, height: 32, remarks: [] });
  expect([seen.pixels.length, seen.pixelsShape]).toEqual([3 * 24 * 24, [1, 3, 24, 24]]);
  expect((await sharp(seen.encoded).metadata()).format).toBe("jpeg");
});

it("lays clear pixels over white, turns upright, converts what is for print, takes first frames", async () => {
  const clear = sharp({ create: { width: 40, height: 40, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  expect([...((await look(await clear.png().toBuffer())) as Seen).colours.subarray(0, 3)]).toEqual([255, 255, 255]);
  const turned = await busy().jpeg().withMetadata({ orientation: 6 }).toBuffer();
  expect(await look(turned)).toMatchObject({ original: { width: 40, height: 60 }, width: 32, height: 48 });
  const print = await busy().toColourspace("cmyk").jpeg().toBuffer();
  expect(await look(print)).toMatchObject({ remarks: [expect.stringMatching(/CMYK/)] });
  const frames = await Promise.all(["#f00", "#00f"].map((colour) => plain(40, 40, colour).png().toBuffer()));
  const moving = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  const first = (await look(moving)) as Seen;
  expect(first.remarks).toEqual([expect.stringMatching(/several frames/)]);
  expect(first.colours[0]).toBeGreaterThan(240);
});

it.each([
  ["no", 60, 40],
  ["border", 32, 32],
  ["keep_ratio", 48, 32],
  ["keep_ratio_largest", 32, 21],
  ["center_crop", 32, 32],
] as const)("resizes: %s", async (resize, width, height) => {
  const picture = await plain(60, 40).png().toBuffer();
  const seen = (await look(picture, { resize, format: "png" })) as Seen;
  expect([seen.width, seen.height]).toEqual([width, height]);
  const corner = (await sharp(seen.encoded).raw().toBuffer()).subarray(0, 3);
  expect([...corner]).toEqual(resize === "border" ? [255, 255, 255] : [221, 34, 34]);
});

it("does all that in threads", async () => {
  const threads = await openLook(options, 2);
  try {
    const pictures = await Promise.all(
      ["#111", "#222", "#333"].map((colour) => plain(40, 40, colour).png().toBuffer()),
    );
    const all = await Promise.all(pictures.map((bytes) => threads.look(new Uint8Array(bytes))));
    expect(all.map(({ seen }) => (seen as Seen).colours[0])).toEqual([0x11, 0x22, 0x33]);
    expect(all[0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    await threads.close();
  }
});
