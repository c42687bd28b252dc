import { expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { parsePreprocessorConfig } from "./clip-config.ts";
import { clipPixels } from "./clip-preprocess.ts";

const published = {
  crop_size: { height: 24, width: 20 },
  do_center_crop: true,
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.25, 0.5, 1],
  resample: 3,
  rescale_factor: 0.00392156862745098,
  size: { shortest_edge: 24 },
};
const flat = (value: number, width: number, height: number): Picture => ({
  width,
  height,
  channels: 3,
  data: new Uint8Array(width * height * 3).fill(value),
});

it("reads the later form", () => {
  const config = parsePreprocessorConfig(published);
  expect(config).toMatchObject({ size: 24, filter: "bicubic", crop: { width: 20, height: 24 }, rescale: 1 / 255 });
  const { shape, data } = clipPixels([flat(255, 50, 40), flat(0, 24, 99)], config);
  expect(shape).toEqual([2, 3, 24, 20]);
  expect([0, 1, 2, 3, 4, 5].map((plane) => data[plane * 24 * 20])).toEqual([2, 1, 0.5, -2, -1, -0.5]);
});

it("reads sizes of both sides and leaves out what is switched off", () => {
  const config = parsePreprocessorConfig({ size: { width: 6, height: 4 }, do_center_crop: false, do_normalize: false });
  const { shape, data } = clipPixels([flat(51, 50, 40)], config);
  expect(shape).toEqual([1, 3, 4, 6]);
  expect(data[0]).toBe(Math.fround(0.2));
});

it.each([
  [{ size: "big" }, 'size is "big", but must be a number of pixels'],
  [{ size: 0 }, "size is 0"],
  [{ crop_size: { height: 24 } }, 'crop_size is {"height":24}'],
  [{ resample: 5 }, "resample is 5, but must be 1 (Lanczos)"],
  [{ image_mean: [0.5, "0.5", 0.5] }, "image_mean is"],
  [{ image_std: [1, 0, 1] }, "image_std is [1,0,1], but must be three numbers other than 0"],
  [{ do_rescale: false }, "do_rescale is false"],
  [{ do_resize: "yes" }, 'do_resize is "yes", but must be true or false'],
  [{ rescale_factor: -1 }, "rescale_factor is -1, but must be a positive number"],
])("refuses %j by name", (change, message) => {
  expect(() => parsePreprocessorConfig({ ...published, ...change }, "m/preprocessor_config.json")).toThrow(
    `m/preprocessor_config.json: ${message}`,
  );
});

it("refuses a crop larger than the picture", () => {
  const config = parsePreprocessorConfig({ ...published, crop_size: 30 });
  expect(() => clipPixels([flat(0, 24, 24)], config)).toThrow("24x24 after resizing, but 30x30 are to be cut");
});

it("refuses a picture that would take gigabytes", () => {
  const config = parsePreprocessorConfig(published);
  expect(() => clipPixels([flat(0, 100_000, 1)], config)).toThrow("the picture is 100000x1, too narrow to be resized");
  expect(clipPixels([flat(255, 2000, 1)], config).shape).toEqual([1, 3, 24, 20]);
});
