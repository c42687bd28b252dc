import { describe, expect, it } from "vitest";
import type { Picture } from "../../runtime/host.ts";
import { cover } from "./given-picture.ts";
import { areaAround, feathered, greyMask } from "./mask.ts";
import { retouch } from "./retouch.ts";

const grey = (width: number, height: number, value: (x: number, y: number) => number): Picture => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

describe("a mask", () => {
  it("is bright or transparent where a picture is drawn anew", () => {
    const rgb: Picture = { width: 3, height: 1, channels: 3, data: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 0) };
    expect([...greyMask(rgb).data]).toEqual([255, 76, 0]);
    expect([...greyMask(rgb, true).data]).toEqual([0, 179, 255]);
    const opaque: Picture = { width: 2, height: 1, channels: 4, data: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 255) };
    expect([...greyMask(opaque).data]).toEqual([255, 0]);
    // What lies under transparency, and what colour the rest has, does not matter then.
    const holes: Picture = { ...opaque, data: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 55) };
    expect([...greyMask(holes).data]).toEqual([0, 200]);
  });

  it("is softened inside of its white", () => {
    const mask = grey(32, 4, (x) => (x < 16 ? 0 : 255));
    const row = [...feathered(mask, 3).data.subarray(32, 64)];
    expect(row.slice(0, 16)).toEqual(Array(16).fill(0));
    expect(row.slice(16).every((value, i) => i === 0 || value >= row[15 + i]!)).toBe(true);
    expect(row[17]).toBeLessThan(128);
    expect(row.at(-1)).toBe(255);
    expect(feathered(mask, 0)).toBe(mask);
  });

  it("has an area of the drawing's proportions around it", () => {
    const spot = grey(100, 60, (x, y) => (x >= 40 && x < 50 && y >= 20 && y < 24 ? 255 : 0));
    expect(areaAround(spot, 3, 64, 64)).toEqual({ left: 37, top: 14, width: 16, height: 16 });
    expect(areaAround(spot, 3, 128, 64)).toEqual({ left: 35, top: 17, width: 20, height: 10 });
    const corner = grey(100, 60, (x, y) => (x === 99 && y === 59 ? 255 : 0));
    expect(areaAround(corner, 4, 64, 64)).toEqual({ left: 91, top: 51, width: 9, height: 9 });
    expect(areaAround(spot, 200, 64, 64)).toEqual({ left: 0, top: 0, width: 100, height: 60 });
    expect(
      areaAround(
        grey(8, 8, () => 0),
        4,
        64,
        64,
      ),
    ).toBeUndefined();
  });
});

describe("a retouched picture", () => {
  const picture: Picture = {
    width: 60,
    height: 40,
    channels: 3,
    data: Uint8Array.from({ length: 60 * 40 * 3 }, (_, i) => (i * 37) % 251),
  };
  const drawn: Picture = { width: 32, height: 32, channels: 3, data: new Uint8Array(32 * 32 * 3).fill(255) };

  it("is the picture's own to the bit where the mask is black", () => {
    const mask = grey(60, 40, (x, y) => (x >= 30 && x < 50 && y >= 10 && y < 30 ? 255 : 0));
    for (const maskPadding of [0, 4, 1000]) {
      const { picture: part, mask: seen, finish } = retouch({ picture, mask, maskPadding, maskBlur: 2 }, 32, 32);
      expect([part.width, part.height, seen!.width]).toEqual([32, 32, 32]);
      const result = finish(drawn);
      expect([result.width, result.height]).toEqual([60, 40]);
      for (const [i, value] of mask.data.entries()) {
        const pixel = (of: Picture) => [...of.data.subarray(3 * i, 3 * i + 3)];
        if (value === 0) expect(pixel(result)).toEqual(pixel(picture));
      }
      const middle = 3 * (20 * 60 + 40);
      expect(result.data[middle]).toBeGreaterThan(250);
    }
  });

  it("is scaled and cut where the whole is drawn", () => {
    const whole = retouch({ picture, mask: grey(60, 40, (x) => (x < 30 ? 255 : 0)) }, 32, 32);
    expect(whole.picture).toEqual(cover(picture, 32, 32));
    expect(whole.finish(drawn).data.subarray(-3)).toEqual(cover(picture, 32, 32).data.subarray(-3));
    expect(retouch({ picture }, 32, 32).finish(drawn)).toBe(drawn);
  });

  it("needs something to draw where only that is drawn", () => {
    expect(() => retouch({ picture, mask: grey(60, 40, () => 0), maskPadding: 4 }, 32, 32)).toThrow(
      "the mask is black everywhere",
    );
  });
});
