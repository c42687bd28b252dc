import { describe, expect, it } from "vitest";
import { normal } from "../../random/philox.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { inWindows, throughWindows, windowsOver } from "./windows.ts";

const x = ndarray(normal(1, 0, 2 * 3 * 20), [1, 2, 3, 20]);

describe("windowsOver", () => {
  it("covers a length with windows that overlap at least as much as asked", () => {
    expect(windowsOver(8, 8, 0.5)).toEqual({ length: 8, width: 8, starts: [0] });
    expect(windowsOver(20, 8, 0.5).starts).toEqual([0, 4, 8, 12]);
    expect(windowsOver(21, 8, 0.25).starts).toEqual([0, 4, 9, 13]);
    expect(windowsOver(5, 8, 0.5).width).toBe(5);
  });

  it("goes around a circle, however small", () => {
    expect(windowsOver(20, 8, 0.5, true).starts).toEqual([0, 4, 8, 12, 16]);
    expect(windowsOver(5, 8, 0.5, true)).toEqual({ length: 5, width: 8, starts: [0, 3] });
  });
});

describe("throughWindows", () => {
  it.each([
    [windowsOver(20, 8, 0.5)],
    [windowsOver(20, 8, 0.25, true)],
    [windowsOver(20, 32, 0.5, true)],
    [windowsOver(20, 32, 0.5)],
  ])("leaves what the network leaves: %j", async (windows) => {
    const same = await throughWindows(x, windows, 1, async (part) => part);
    expect(same.shape).toEqual(x.shape);
    for (const [i, value] of same.data.entries()) expect(value).toBeCloseTo(x.data[i]!, 5);
  });

  it("puts larger and smaller answers to their places", async () => {
    const doubled = await throughWindows(x, windowsOver(20, 8, 0.5), 1, async ({ data, shape: [, , , w] }) =>
      ndarray(
        Float32Array.from({ length: 2 * w! }, (_, i) => data[i >> 1]!),
        [1, 1, 1, 2 * w!],
      ),
    );
    expect(doubled.shape).toEqual([1, 1, 1, 40]);
    for (const [i, value] of doubled.data.entries()) expect(value).toBeCloseTo(x.data[i >> 1]!, 5);
    const halved = await throughWindows(x, windowsOver(10, 4, 0.5, true), 2, async ({ data, shape: [, , , w] }) =>
      ndarray(
        Float32Array.from({ length: w! / 2 }, (_, i) => data[2 * i]!),
        [1, 1, 1, w! / 2],
      ),
    );
    for (const [i, value] of halved.data.entries()) expect(value).toBeCloseTo(x.data[2 * i]!, 5);
  });

  it("goes smoothly from one window's answer to the next one's", async () => {
    const flat = await throughWindows(x, windowsOver(20, 8, 0.5), 1, async ({ shape }, k) =>
      ndarray(new Float32Array(2 * 3 * shape[3]!).fill(k), shape),
    );
    const row = flat.data.slice(0, 20);
    for (let i = 1; i < 20; i++) {
      expect(row[i]! - row[i - 1]!).toBeGreaterThanOrEqual(-1e-6);
      expect(row[i]! - row[i - 1]!).toBeLessThan(0.45);
    }
    expect([row[0], row[19]]).toEqual([0, 3]);
  });
});

it("windows that agree predict what they would predict alone", async () => {
  const level = { timestep: 500, alpha: 0.6, sigma: 0.8 };
  const denoise = async (part: typeof x) => ({
    denoised: ndarray(
      part.data.map((value) => value / 2),
      part.shape,
    ),
    noise: part,
  });
  const windows = windowsOver(20, 8, 0.5, true);
  const { denoised, noise } = await inWindows(
    windows,
    windows.starts.map(() => denoise),
  )(x, level as never);
  for (const [i, value] of x.data.entries()) {
    expect(denoised.data[i]).toBeCloseTo(value / 2, 5);
    expect(0.6 * denoised.data[i]! + 0.8 * noise.data[i]!).toBeCloseTo(value, 5);
  }
});
