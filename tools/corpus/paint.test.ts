import { describe, expect, test } from "vitest";
import { type Canvas, meanColour, paint } from "./paint.ts";

const blank = (size: number, left = 0, top = 0): Canvas => ({
  width: size,
  height: size,
  left,
  top,
  rgb: new Float32Array(size * size * 3).fill(255),
});

/** Premultiplied RGBA from red and alpha by place. */
const square = (size: number, at: (x: number, y: number) => readonly [red: number, alpha: number]): Uint8Array =>
  Uint8Array.from({ length: size * size * 4 }, (_, i) => {
    const [red, alpha] = at((i >> 2) % size, Math.floor((i >> 2) / size));
    return [(red * alpha) / 255, 0, 0, alpha][i % 4]!;
  });

const red = ({ rgb, width }: Canvas, x: number, y: number): number => rgb[(y * width + x) * 3]!;
const green = ({ rgb, width }: Canvas, x: number, y: number): number => rgb[(y * width + x) * 3 + 1]!;
const upright = { angle: 0, flip: false };

describe("paint", () => {
  const ramp = square(8, (x, y) => [x * 20 + y, 255]);

  test("copies at its own size, also through a window", () => {
    const whole = blank(8);
    paint(whole, ramp, 8, { x: 4, y: 4, edge: 8, ...upright });
    for (const [x, y] of [
      [0, 0],
      [7, 0],
      [3, 6],
      [7, 7],
    ] as const)
      expect(red(whole, x, y)).toBeCloseTo(x * 20 + y, 2);
    const window = blank(3, 4, 2);
    paint(window, ramp, 8, { x: 4, y: 4, edge: 8, ...upright });
    expect(red(window, 2, 1)).toBeCloseTo(6 * 20 + 3, 2);
  });

  test("mirrors, turns clockwise", () => {
    const mirrored = blank(8);
    paint(mirrored, ramp, 8, { x: 4, y: 4, edge: 8, angle: 0, flip: true });
    expect(red(mirrored, 1, 2)).toBeCloseTo(6 * 20 + 2, 2);
    const turned = blank(8);
    paint(turned, ramp, 8, { x: 4, y: 4, edge: 8, angle: Math.PI / 2, flip: false });
    // What was at the top (x, 0) is now at the right side.
    expect(red(turned, 7, 2)).toBeCloseTo(2 * 20, 1);
    expect(red(turned, 0, 5)).toBeCloseTo(5 * 20 + 7, 1);
  });

  test("lays half transparent colour over the ground, and keeps the ground where there is none", () => {
    const canvas = blank(8);
    paint(
      canvas,
      square(8, (x) => [200, x < 4 ? 128 : 0]),
      8,
      { x: 4, y: 4, edge: 8, ...upright },
    );
    expect(red(canvas, 1, 4)).toBeCloseTo(100 + 255 * (127 / 255), 0);
    expect(green(canvas, 1, 4)).toBeCloseTo(127, 0);
    expect(green(canvas, 6, 4)).toBe(255);
  });

  test.each([3.3, 6, 11, 15.7, 40])("shrunk or enlarged to %f pixels it covers its area once", (edge) => {
    const canvas = blank(64);
    paint(
      canvas,
      square(16, () => [0, 255]),
      16,
      { x: 31.3, y: 30.9, edge, angle: 0.3, flip: false },
    );
    const covered = canvas.rgb.reduce((sum, value) => sum + (255 - value) / 255, 0) / 3;
    // The soft border adds a fraction of a source pixel all around.
    const border = 4 * edge * (edge / 16) * 0.05;
    expect(Math.abs(covered - edge ** 2)).toBeLessThan(0.02 * edge ** 2 + border);
  });

  test("a fine pattern becomes grey when it is shrunk, not stripes", () => {
    const canvas = blank(64);
    paint(
      canvas,
      square(64, (x) => [x % 2 === 0 ? 255 : 0, 255]),
      64,
      { x: 32, y: 32, edge: 14, ...upright },
    );
    for (let x = 27; x < 37; x++) expect(Math.abs(red(canvas, x, 32) - 127.5)).toBeLessThan(20);
  });
});

test("meanColour looks at what is opaque", () => {
  expect(meanColour(square(28, (x) => [200, x % 2 === 0 ? 255 : 0]))[0]).toBeCloseTo(200, -1);
});
