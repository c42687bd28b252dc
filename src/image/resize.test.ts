import { describe, expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { crop, type Resampling, resize } from "./resize.ts";

const grey = (width: number, ...values: number[]): Picture => ({
  width,
  height: values.length / width,
  channels: 1,
  data: Uint8Array.from(values),
});
const rgba = (...pixels: number[][]): Picture => ({
  width: pixels.length,
  height: 1,
  channels: 4,
  data: Uint8Array.from(pixels.flat()),
});
const every: readonly Resampling[] = ["box", "bilinear", "bicubic", "lanczos"];

describe("resize", () => {
  it.each(every)("%s keeps a flat picture flat, whatever the sizes", (filter) => {
    const flat: Picture = { width: 13, height: 7, channels: 3, data: new Uint8Array(13 * 7 * 3).fill(201) };
    for (const [width, height] of [
      [5, 3],
      [40, 30],
      [13, 2],
      [1, 1],
      [29, 7],
    ] as const) {
      const { data } = resize(flat, width, height, filter);
      expect([data.length, Math.min(...data), Math.max(...data)]).toEqual([width * height * 3, 201, 201]);
    }
  });

  it.each(every)("%s treats both axes and both directions alike", (filter) => {
    const values = Array.from({ length: 10 }, (_, i) => (i * i * 37) % 256);
    const wide = resize(grey(10, ...values), 3, 1, filter).data;
    expect(resize(grey(1, ...values), 1, 3, filter).data).toEqual(wide);
    expect(resize(grey(10, ...values.reverse()), 3, 1, filter).data.reverse()).toEqual(wide);
  });

  it("box shrinks to means", () => {
    expect([...resize(grey(4, 10, 20, 30, 41, 50, 60, 70, 81), 2, 1, "box").data]).toEqual([35, 56]);
  });

  it("bilinear interpolates between pixel centres", () => {
    expect([...resize(grey(2, 0, 100), 4, 1, "bilinear").data]).toEqual([0, 25, 75, 100]);
  });

  it("bicubic overshoots by Keys' kernel and stays within a byte", () => {
    // weights at 1/4 and 3/4 of a step: -9/128, 111/128, 29/128, -3/128
    expect([...resize(grey(6, 0, 0, 100, 100, 0, 0), 12, 1, "bicubic").data]).toEqual([
      0, 0, 0, 20, 80, 109, 109, 80, 20, 0, 0, 0,
    ]);
    expect(Math.max(...resize(grey(6, 0, 0, 255, 255, 0, 0), 12, 1, "bicubic").data)).toBe(255);
  });

  it("weights colours by their alpha", () => {
    const shrunk = resize(rgba([200, 100, 0, 255], [0, 0, 255, 0]), 1, 1, "box");
    expect([...shrunk.data]).toEqual([199, 99, 0, 128]);
  });
});

describe("crop", () => {
  it("cuts a rectangle out", () => {
    const { data } = crop(grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9), 1, 1, 2, 2);
    expect([...data]).toEqual([5, 6, 8, 9]);
  });
});

it.each([3, 4] as const)("makes a window as it is cut from the whole, of %d channels", (channels) => {
  const data = Uint8Array.from({ length: 40 * 30 * channels }, (_, i) => (i * 7919) % 251);
  const picture = { width: 40, height: 30, channels, data };
  const window = { left: 3, top: 2, width: 9, height: 8 };
  for (const [width, height] of [
    [20, 15],
    [40, 15],
    [20, 30],
    [40, 30],
    [64, 50],
  ] as const) {
    const whole = resize(picture, width, height, "bicubic");
    const cut = crop(whole, window.left, window.top, window.width, window.height);
    expect(resize(picture, width, height, "bicubic", window)).toEqual(cut);
  }
});
