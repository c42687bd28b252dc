import { expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { flatten, picturesToTensor, tensorToPictures, toRgb } from "./tensor.ts";

const picture: Picture = {
  width: 3,
  height: 2,
  channels: 3,
  data: Uint8Array.from({ length: 18 }, (_, i) => i * 15),
};

it("puts channels first and maps bytes to [-1, 1]", () => {
  const { data, shape } = picturesToTensor([picture, picture]);
  expect(shape).toEqual([2, 3, 2, 3]);
  expect([data[0], data[6 + 5]]).toEqual([-1, Math.fround((16 * 15) / 127.5 - 1)]);
});

it("comes back unchanged for every byte", () => {
  const bytes = { width: 16, height: 16, channels: 3, data: Uint8Array.from({ length: 768 }, (_, i) => i) } as const;
  expect(tensorToPictures(picturesToTensor([bytes, bytes]))).toEqual([bytes, bytes]);
});

it("clamps and rounds", () => {
  const values = Float32Array.of(-7, 7, Number.NaN, 0, 1 / 128 - 1, 2 / 128 - 1);
  const [{ data }] = tensorToPictures(ndarray(values, [1, 3, 1, 2])) as [Picture];
  expect([...data]).toEqual([0, 0, 1, 255, 128, 2]);
});

it("refuses pictures of two sizes", () => {
  expect(() => picturesToTensor([picture, { ...picture, width: 2, height: 3 }])).toThrow("2x3 beside 3x2");
});

it("makes RGB of grey and of transparent pictures", () => {
  const grey: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) };
  const clear: Picture = { width: 2, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 128) };
  expect([...toRgb(grey).data]).toEqual([7, 7, 7, 9, 9, 9]);
  expect([...toRgb(clear).data]).toEqual([10, 20, 30, 10, 20, 30]);
  expect([...flatten(clear, [110, 120, 130]).data]).toEqual([110, 120, 130, 60, 70, 80]);
  expect([...flatten(grey).data]).toEqual([7, 7, 7, 9, 9, 9]);
});
