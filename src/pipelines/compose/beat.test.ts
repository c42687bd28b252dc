import { describe, expect, it } from "vitest";
import type { Level } from "../../diffusion/index.ts";
import { normal } from "../../random/philox.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { accented, beating } from "./beat.ts";

describe("beating", () => {
  const size = { width: 256, height: 4 };
  const row = (data: Uint8Array): number[] => Array.from(data.slice(0, 3 * 256)).filter((_, i) => i % 3 === 0);

  it("strikes at every beat, all tones alike, and less half a beat later", () => {
    const { struck } = beating(size, 32, 0.02);
    const shades = row(struck.data);
    expect(shades.slice(32)).toEqual(shades.slice(0, 224));
    expect(row(struck.data.slice(3 * 256))).toEqual(shades);
    const darkest = shades.slice(0, 32).indexOf(Math.min(...shades));
    expect(darkest).toBe(0);
    const later = shades.slice(0, 32).map((shade, x) => shade - shades[(x + 31) % 32]!);
    const strokes = later.map((rise, x) => ({ rise, x })).sort((a, b) => a.rise - b.rise);
    expect(strokes.slice(0, 2).map(({ x }) => x)).toEqual([0, 16]);
    expect(strokes[0]!.rise).toBeLessThan(1.3 * strokes[1]!.rise);
  });

  it("keeps beats that fall between columns where they are", () => {
    const every = 256 / 7;
    const shades = row(beating(size, every, 0.02).struck.data);
    for (let beat = 1; beat < 7; beat++) {
      const around = shades.map((shade, x) => shade - (shades[x - 1] ?? shade));
      const near = Array.from({ length: 5 }, (_, k) => Math.floor(beat * every) - 2 + k);
      const sharpest = near.reduce((a, b) => (around[b]! < around[a]! ? b : a));
      expect(Math.abs(sharpest - beat * every)).toBeLessThan(1.01);
    }
  });

  it("is as dark on the whole as what sounds on", () => {
    const { struck, still, silent } = beating(size, 37.5, 0.02);
    const mean = (data: Uint8Array): number => data.reduce((sum, shade) => sum + shade, 0) / data.length;
    expect(mean(struck.data)).toBeCloseTo(mean(still.data), 0);
    expect(new Set(still.data).size).toBe(1);
    expect(silent.data.every((shade) => shade === 255)).toBe(true);
  });
});

describe("accented", () => {
  const shape = [1, 2, 2, 8];
  const latents = (stream: number) => ndarray(normal(1, stream, 32), shape);
  const [x, silence, change] = [latents(0), latents(1), latents(2)];
  const level = (timestep: number): Level => ({ timestep, alpha: 0.6, sigma: 0.8 });
  // The network sees the upper row twice as far from silence as the lower.
  const share = (i: number): number => (Math.floor(i / 8) % 2 === 0 ? 1 : 0.5);
  const seen = ndarray(
    silence.data.map((value, i) => value + share(i)),
    shape,
  );
  const denoise = async () => ({ denoised: seen, noise: x });
  const pulse = { change, silence };

  it("adds the pulse to each row as loudly as it sounds, and says which noise that leaves", async () => {
    const { denoised, noise } = await accented(denoise, pulse, 1000)(x, level(800));
    for (const [i, value] of denoised.data.entries()) {
      expect(value).toBeCloseTo(seen.data[i]! + share(i) * change.data[i]!, 5);
      expect(0.6 * value + 0.8 * noise.data[i]!).toBeCloseTo(x.data[i]!, 5);
    }
  });

  it("leaves what is nearly drawn, and silence", async () => {
    expect(await accented(denoise, pulse, 1000)(x, level(100))).toEqual({ denoised: seen, noise: x });
    const still = async () => ({ denoised: silence, noise: x });
    expect((await accented(still, pulse, 1000)(x, level(800))).denoised.data).toEqual(silence.data);
  });
});
