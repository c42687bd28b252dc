import { expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { Gif } from "./gif.ts";
import { Lzw } from "./lzw.ts";
import { Palette } from "./palette.ts";
import { delayOf } from "./writer.ts";

const flat = (width: number, height: number, colours: readonly (readonly number[])[]): Picture => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from(Array.from({ length: width * height }, (_, i) => colours[i % colours.length]!).flat()),
});

it("delays add up to the pictures' time", () => {
  for (const fps of [1, 7, 12, 23.976, 30, 50]) {
    const sum = Array.from({ length: 1000 }, (_, k) => delayOf(k, fps, 100)).reduce((a, b) => a + b);
    expect(Math.abs(sum - 100_000 / fps)).toBeLessThanOrEqual(0.5);
  }
});

it("colours of the palette are not mixed, others are on average what they are", () => {
  const palette = new Palette(Uint8Array.of(0, 0, 0, 20, 10, 4, 255, 255, 255));
  const known = [
    [20, 10, 4],
    [0, 0, 0],
    [255, 255, 255],
  ];
  expect(palette.map(flat(3, 1, known))).toEqual({ numbers: Uint8Array.of(1, 0, 2), error: 0 });
  const { numbers, error } = palette.map(flat(64, 64, [[8, 4, 2]]));
  expect(error).toBe(84);
  expect(numbers.reduce((sum, number) => sum + number) / numbers.length).toBeCloseTo(0.4, 1);
  expect(numbers).not.toContain(2);
});

it("finds the nearest of a palette", () => {
  const colours = Uint8Array.from({ length: 3 * 255 }, (_, i) => (i * 7919 + (i >> 4) * 31) & 255);
  const palette = new Palette(colours);
  const picture = {
    width: 40,
    height: 40,
    channels: 3 as const,
    data: new Uint8Array(4800).map((_, i) => (i * 97) & 255),
  };
  let sum = 0;
  for (let i = 0; i < 4800; i += 3) {
    const distances = Array.from({ length: 255 }, (_, k) =>
      palette.distance(k, ...(picture.data.subarray(i, i + 3) as unknown as [number, number, number])),
    );
    sum += Math.min(...distances);
  }
  expect(palette.map(picture).error).toBeCloseTo(sum / 1600, 9);
});

it("a still picture is written once, and what stays under a change not again", async () => {
  const palette = [
    [9, 9, 9],
    [100, 0, 0],
    [0, 100, 0],
  ];
  const gif = new Gif({ width: 64, height: 64, fps: 10 }, async () => Uint8Array.from(palette.flat()));
  const still = flat(64, 64, palette);
  const changed = { ...still, data: still.data.slice() };
  changed.data.set([9, 9, 9, 9, 9, 9, 9, 9, 9], 3 * (64 * 20 + 30));
  const [, first] = await gif.add(still);
  const [[second], [third]] = [await gif.add(still), await gif.add(changed)];
  expect(first!.length).toBeGreaterThan(100);
  expect([...second!.subarray(8, 17)]).toEqual([0x2c, 0, 0, 0, 0, 1, 0, 1, 0]);
  expect([...third!.subarray(8, 17)]).toEqual([0x2c, 30, 0, 20, 0, 3, 0, 1, 0]);
});

it("a palette is looked for only where the one before serves worse", async () => {
  const asked: Picture[] = [];
  const gif = new Gif({ width: 8, height: 8, fps: 10 }, async (picture) => {
    asked.push(picture);
    return picture.data.slice(0, 6);
  });
  const [red, blue] = [
    flat(8, 8, [
      [200, 0, 0],
      [190, 0, 0],
    ]),
    flat(8, 8, [
      [0, 0, 200],
      [0, 0, 190],
    ]),
  ];
  for (const picture of [red, red, blue, blue, red]) await gif.add(picture);
  expect(asked).toEqual([red, blue, red]);
});

it("codes grow to twelve bits and start again", () => {
  const indexes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * i + (i >> 3) * 7) & 255);
  expect(unpack(new Lzw(8).pack(indexes), 8)).toEqual(indexes);
  for (const bits of [2, 3, 5]) {
    const few = indexes.map((index) => index & ((1 << bits) - 1));
    const packer = new Lzw(bits);
    for (const length of [1, 2, 5, 100, 20_000])
      expect(unpack(packer.pack(few.subarray(0, length)), bits)).toEqual(few.subarray(0, length));
  }
});

/** A decoder as GIF89a's appendix F describes it. */
function unpack(bytes: Uint8Array, bits: number): Uint8Array {
  const clear = 1 << bits;
  let [at, width, last]: [number, number, number[] | undefined] = [0, bits + 1, undefined];
  let known: number[][] = [];
  const out: number[] = [];
  for (;;) {
    let code = 0;
    for (let bit = 0; bit < width; bit++, at++) code |= ((bytes[at >> 3]! >> (at & 7)) & 1) << bit;
    if (code === clear + 1) return Uint8Array.from(out);
    if (code === clear) {
      known = Array.from({ length: clear + 2 }, (_, i) => [i]);
      [width, last] = [bits + 1, undefined];
      continue;
    }
    const string: number[] = known[code] ?? [...last!, last![0]!];
    out.push(...string);
    if (last && known.length < 4096) known.push([...last, string[0]!]);
    if (known.length === 1 << width && width < 12) width++;
    last = string;
  }
}
