import sharp from "sharp";
import { expect, it } from "vitest";
import { photographed } from "./exif-camera.ts";

async function exifOf(exif: Record<string, Record<string, string>>): Promise<Uint8Array> {
  const image = sharp({ create: { width: 2, height: 2, channels: 3, background: "#fff" } });
  const jpeg = await image.withExif(exif).jpeg().toBuffer();
  return new Uint8Array((await sharp(jpeg).metadata()).exif!);
}

it("reads the time and the camera", async () => {
  const exif = await exifOf({
    IFD0: { Make: "Canon", Model: "EOS 5D", DateTime: "2020:01:01 00:00:00" },
    IFD2: { DateTimeOriginal: "2019:12:31 23:59:58" },
  });
  expect(photographed(exif)).toEqual({ taken: "2019-12-31T23:59:58", camera: "Canon EOS 5D" });
});

it("names a maker once", async () => {
  const exif = await exifOf({ IFD0: { Make: "NIKON", Model: "NIKON D90", DateTime: "2020:01:01 00:00:00" } });
  expect(photographed(exif)).toEqual({ taken: "2020-01-01T00:00:00", camera: "NIKON D90" });
});

it("makes nothing of damaged blocks", async () => {
  const exif = await exifOf({ IFD0: { Make: "Canon", Model: "EOS 5D" } });
  for (let length = 0; length < exif.length; length++) photographed(exif.subarray(0, length));
  expect(photographed(exif.subarray(0, 12))).toEqual({ taken: undefined, camera: undefined });
});
