import { describe, expect, it } from "vitest";
import { uniform } from "../random/philox.ts";
import { fromMel, InverseMel } from "./inverse-mel.ts";
import { hertzToMel, type MelFilterbank, melFilterbank, melToHertz, sumBands, toMel } from "./mel.ts";

const parameters = { sampleRate: 8000, bands: 20, minFrequency: 100, maxFrequency: 3000 };

/** The bank's matrix (bins × bands), by the triangles' definition. */
function triangles(bins: number, { sampleRate, bands, minFrequency, maxFrequency }: typeof parameters): number[][] {
  const [low, high] = [hertzToMel(minFrequency), hertzToMel(maxFrequency)];
  const point = (i: number): number => melToHertz(low + ((high - low) * i) / (bands + 1));
  return Array.from({ length: bins }, (_, k) => {
    const f = (sampleRate / 2 / (bins - 1)) * k;
    return Array.from({ length: bands }, (_, b) => {
      const up = (f - point(b)) / (point(b + 1) - point(b));
      const down = (point(b + 2) - f) / (point(b + 2) - point(b + 1));
      return Math.max(0, Math.min(up, down));
    });
  });
}

const spectrumOf = (bins: number, stream: number): Float32Array => uniform(1, stream, bins).map((x) => x ** 8);

const apply = (bank: MelFilterbank, spectrum: ArrayLike<number>): Float64Array => {
  const mel = new Float64Array(bank.bands);
  sumBands(bank, spectrum, mel);
  return mel;
};

describe("melFilterbank", () => {
  it("knows HTK's mel", () => {
    expect(hertzToMel(1000)).toBeCloseTo(999.9856, 3);
    expect(melToHertz(hertzToMel(440))).toBeCloseTo(440, 9);
  });

  it.each([201, 33, 2])("sums %i bins up by triangles", (bins) => {
    const spectrum = spectrumOf(bins, 0);
    const rows = triangles(bins, parameters);
    const expected = rows[0]!.map((_, b) => rows.reduce((sum, row, k) => sum + row[b]! * spectrum[k]!, 0));
    const mel = apply(melFilterbank(bins, parameters), spectrum);
    for (const [b, value] of expected.entries()) expect(mel[b]).toBeCloseTo(value, 12);
  });
});

describe("InverseMel", () => {
  const bank = melFilterbank(201, parameters);

  it("meets the bands with what is nowhere negative", () => {
    for (let stream = 0; stream < 20; stream++) {
      const spectrum = spectrumOf(bank.bins, stream);
      const mel = apply(bank, spectrum);
      const found = new Float64Array(bank.bins);
      new InverseMel(bank).solve(mel, found);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
      const again = apply(bank, found);
      expect(Math.max(...again.map((value, b) => Math.abs(value - mel[b]!)))).toBeLessThan(1e-5 * Math.max(...mel));
    }
  });

  it("comes as near as it can to bands that no spectrum has", () => {
    // A band alone: its neighbours always hear it too. The optimum has no slope along any bin that is not 0.
    const mel = new Float64Array(bank.bands);
    mel[10] = 1;
    const found = new Float64Array(bank.bins);
    new InverseMel(bank).solve(mel, found);
    const miss = apply(bank, found).map((value, b) => value - mel[b]!);
    const rows = triangles(bank.bins, parameters);
    for (const [k, row] of rows.entries()) {
      const slope = row.reduce((sum, share, b) => sum + share * miss[b]!, 0);
      expect(slope).toBeGreaterThan(-1e-3);
      if (found[k]! > 0) expect(Math.abs(slope)).toBeLessThan(1e-3);
    }
  });

  it("gives the plain least-squares solution too", () => {
    const mel = uniform(1, 3, bank.bands);
    const found = new Float64Array(bank.bins);
    new InverseMel(bank).leastSquares(mel, found);
    expect(Math.min(...found)).toBeLessThan(0);
    for (const [b, value] of apply(bank, found).entries()) expect(value).toBeCloseTo(mel[b]!, 4);
  });

  it("bears bands that have no bin, and silence", () => {
    const fine = melFilterbank(33, { ...parameters, bands: 64 });
    const spectra = { frames: 2, bins: 33, data: new Float32Array(66) };
    spectra.data.set(spectrumOf(33, 1), 33);
    const mel = toMel(fine, spectra);
    const again = toMel(fine, fromMel(fine, mel));
    expect([...again.data.subarray(0, 64)]).toEqual(Array<number>(64).fill(0));
    expect(Math.max(...again.data.map((value, i) => Math.abs(value - mel.data[i]!)))).toBeLessThan(1e-4);
  });

  it("refuses other sizes", () => {
    expect(() => fromMel(bank, { frames: 1, bins: 3, data: new Float32Array(3) })).toThrow("3 bands for a bank of 20");
    expect(() => toMel(bank, { frames: 1, bins: 3, data: new Float32Array(3) })).toThrow("3 bins in a bank of 201");
  });
});
