import { describe, expect, it } from "vitest";
import { griffinLim, workingGrid } from "./griffin-lim.ts";
import { type Magnitudes, Stft } from "./stft.ts";

const framing = { size: 800, window: 200, hop: 20 };

/** Two tones that rise and a beat, 8 kHz, nothing above 2 kHz but what the beat's edge makes. */
const signal = Float64Array.from({ length: 4000 }, (_, i) => {
  const t = i / 8000;
  return (
    Math.sin(2 * Math.PI * (300 + 200 * t) * t) + 0.5 * Math.sin(2 * Math.PI * 1100 * t) * Math.exp(-8 * ((4 * t) % 1))
  );
});

function run(wanted: Magnitudes, top: number, iterations: number, seed = 1): Float64Array {
  const grid = workingGrid(framing, top);
  const data = new Float32Array(wanted.frames * grid.bins);
  for (let t = 0; t < wanted.frames; t++)
    for (let k = 0; k < grid.bins; k++) {
      const bin = k * grid.stride;
      data[t * grid.bins + k] = bin < top ? wanted.data[t * wanted.bins + bin]! : 0;
    }
  const turns = griffinLim({ frames: wanted.frames, bins: grid.bins, data }, grid, { iterations, seed });
  let [count, turn] = [0, turns.next()];
  for (; !turn.done; turn = turns.next()) count++;
  expect(count).toBe(iterations);
  return turn.value;
}

const stft = new Stft(framing);
const wanted = stft.magnitudes(signal);

const miss = (found: Float64Array): number => {
  const { data } = stft.magnitudes(found);
  let [apart, size] = [0, 0];
  for (const [i, value] of data.entries()) {
    apart += (value - wanted.data[i]!) ** 2;
    size += wanted.data[i]! ** 2;
  }
  return Math.sqrt(apart / size);
};

describe("workingGrid", () => {
  it("drops the zeros beside the window, and the rate as far as the content allows", () => {
    expect(workingGrid({ size: 17640, window: 4410, hop: 441 }, 4000)).toEqual({
      work: { size: 2100, window: 2100, hop: 210 },
      full: { size: 4410, window: 4410, hop: 441 },
      stride: 4,
      bins: 1051,
    });
    expect(workingGrid(framing, 401)).toMatchObject({ work: { size: 200, window: 200, hop: 20 }, stride: 4 });
    expect(workingGrid(framing, 100)).toMatchObject({ work: { size: 60, window: 60, hop: 6 } });
  });

  it("leaves alone what does not divide", () => {
    const odd = { size: 551, window: 275, hop: 110 };
    expect(workingGrid(odd, 100)).toEqual({ work: odd, full: odd, stride: 1, bins: 276 });
  });
});

describe("griffinLim", () => {
  it("comes nearer with each ten iterations, at the full rate and at a lower one", () => {
    for (const top of [401, 160]) {
      const misses = [1, 10, 20, 40].map((iterations) => miss(run(wanted, top, iterations)));
      expect(misses).toEqual([...misses].sort((a, b) => b - a));
      expect(misses[3]).toBeLessThan(0.15);
    }
  });

  it("is a function of the seed", () => {
    expect(run(wanted, 160, 3, 7)).toEqual(run(wanted, 160, 3, 7));
    expect(run(wanted, 160, 3, 7)).not.toEqual(run(wanted, 160, 3, 8));
  });

  it("makes silence of silence", () => {
    const silence = { ...wanted, data: new Float32Array(wanted.data.length) };
    expect(Math.max(...run(silence, 160, 2).map(Math.abs))).toBe(0);
  });
});
