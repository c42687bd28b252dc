import { expect, it } from "vitest";
import { gaussian, type Latents } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { LatentColours } from "./preview.ts";

const colours = [
  [0.3, -0.2, 0.1, 0.4],
  [0.1, 0.25, -0.3, 0],
  [-0.2, 0.1, 0.2, -0.1],
];

/** Pictures whose squares of 2×2 pixels have the colours above, affine in the latents, and some texture. */
async function decode({ data, shape }: Latents): Promise<Latents> {
  const [, channels, height, width] = shape as [number, number, number, number];
  const pixels = new Float32Array(3 * 4 * height * width);
  for (const [c, row] of colours.entries())
    for (let y = 0; y < 2 * height; y++)
      for (let x = 0; x < 2 * width; x++) {
        const at = (y >> 1) * width + (x >> 1);
        let value = row[channels]!;
        for (let k = 0; k < channels; k++) value += row[k]! * data[k * height * width + at]!;
        pixels[(c * 2 * height + y) * 2 * width + x] = value + ((x + y) % 2 === 0 ? 0.1 : -0.1);
      }
  return ndarray(pixels, [1, 3, 2 * height, 2 * width]);
}

it("learns the colours of latents from parts of some of them", async () => {
  const decoded: number[][] = [];
  const preview = new LatentColours({
    factor: 2,
    decode(latents) {
      decoded.push([...latents.shape]);
      return decode(latents);
    },
  });
  const sizes = [
    [20, 24],
    [9, 9],
    [4, 5],
    [5, 7],
    [4, 5],
  ] as const;
  for (const latents of sizes.map((size, seed) => gaussian([seed], 0, [3, ...size]))) {
    const { width, height, data } = await preview.picture(latents);
    const [, , h, w] = latents.shape as [number, number, number, number];
    expect([width, height]).toEqual([w, h]);
    const whole = (await decode(latents)).data;
    for (let i = 0; i < h * w; i++)
      for (let c = 0; c < 3; c++) {
        const at = (c * 2 * h + 2 * Math.floor(i / w)) * 2 * w + 2 * (i % w);
        const mean = (whole[at]! + whole[at + 1]!) / 2;
        const byte = Math.min(Math.max((mean + 1) * 127.5, 0), 255);
        expect(Math.abs(data[3 * i + c]! - byte)).toBeLessThan(2);
      }
  }
  expect(decoded.map(([, , h, w]) => [h, w])).toEqual([
    [16, 16],
    [9, 9],
    [5, 7],
  ]);
});
