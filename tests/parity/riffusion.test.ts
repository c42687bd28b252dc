import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { griffinLim, workingGrid } from "../../src/audio/griffin-lim.ts";
import { fromMel, InverseMel } from "../../src/audio/inverse-mel.ts";
import { melFilterbank, toMel } from "../../src/audio/mel.ts";
import { melSpectrogram } from "../../src/audio/spectrogram.ts";
import {
  doubleTags,
  framing,
  parametersOf,
  riffusionParameters,
  type SpectrogramParameters,
  tagsOf,
} from "../../src/audio/spectrogram-parameters.ts";
import { melOfPicture, soundToPicture } from "../../src/audio/spectrogram-picture.ts";
import { type Magnitudes, Stft } from "../../src/audio/stft.ts";
import { readWav } from "../../src/audio/wav.ts";
import { decodePicture } from "../../src/host/node/picture.ts";
import { formatExif, readExif } from "../../src/image/exif.ts";
import { readChunks } from "../../src/image/png.ts";
import { expectClose, golden, tensor } from "../support/golden.ts";

interface Case {
  readonly derived: { readonly frames: number; readonly n_stft: number };
  readonly spectrogram_frames: { readonly frames: readonly number[] };
  readonly max_value: number;
  readonly inverse_mel: Readonly<Record<"sgd_remel_rel_err" | "sgd_vs_true_amplitude", number>>;
  readonly griffin_lim: Readonly<Record<"true_amplitude" | "sgd", { readonly random_phase: readonly number[] }>>;
}

/** Frames of a row after the other → (bins, frames), as the references have it. */
const turned = ({ frames, bins, data }: Magnitudes): Float32Array =>
  Float32Array.from({ length: frames * bins }, (_, i) => data[(i % frames) * bins + Math.floor(i / frames)]!);

const stack = (rows: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
};

/** ‖a − b‖ / ‖a‖ */
function distance(a: Float32Array, b: Float32Array): number {
  let [apart, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    apart += (a[i]! - b[i]!) ** 2;
    size += a[i]! ** 2;
  }
  return Math.sqrt(apart / size);
}

describe.each([
  { name: "riffusion-default", stride: 8, every: 8 },
  { name: "riffusion-small-stereo", stride: 1, every: 1 },
])("$name", async ({ name, stride, every }) => {
  const { case: told, expected, path } = golden<Case>(name);
  const sound = readWav(readFileSync(path("input.wav")), "input.wav");
  const file = readFileSync(path("spectrogram.png"));
  const parameters: SpectrogramParameters = { ...riffusionParameters, ...parametersOf(readExif(file, "png")) };
  const { frames, n_stft: bins } = told.derived;
  const stft = new Stft(framing(parameters));
  const bank = melFilterbank(bins, { ...parameters, bands: parameters.melBands });
  const scaled = sound.channels.map((samples) => samples.map((sample) => sample * 32768));
  const amplitudes = scaled.map((samples) => stft.magnitudes(samples));
  const picture = await decodePicture(file, "spectrogram.png");
  const mels = melOfPicture(picture, parameters, told.max_value);
  const spectra = mels.map((mel) => fromMel(bank, mel));

  it("has the spectra", () => {
    const wanted = tensor(expected, "spectrogram_frames");
    const [, count, , parts] = wanted.shape as [number, number, number, number];
    const found = scaled.flatMap((samples) => {
      const { re, im } = stft.forward(samples);
      return Array.from({ length: count }, (_, k) =>
        told.spectrogram_frames.frames.map((t) => [re, im].map((part) => part[t * bins + k * stride]!)),
      ).flat(2);
    });
    expect(parts).toBe(2);
    expectClose(found, [...wanted.data], { ofMax: 1e-4 });
  });

  it("has the bank, as its samples say", () => {
    const rows = expected.get("mel_fb_sample_rows")!.data as Int32Array;
    const { shape, data } = tensor(expected, "mel_fb_sample");
    const found = Array.from(rows).flatMap((k) => {
      const unit = { frames: 1, bins, data: new Float32Array(bins) };
      unit.data[k] = 1;
      return [...toMel(bank, unit).data.subarray(0, shape[1])];
    });
    expectClose(found, [...data], { atol: 1e-4 });
  });

  it("has the mel amplitudes", () => {
    const found = sound.channels.map((samples) => turned(melSpectrogram(samples, parameters)));
    expectClose(stack(found), [...tensor(expected, "mel_amplitudes").data], { ofMax: 1e-4 });
  });

  it("makes the same picture with the same tags, to the byte", () => {
    const made = soundToPicture(sound, parameters);
    expect([made.picture.width, made.picture.height]).toEqual([picture.width, picture.height]);
    const off = made.picture.data.map((value, i) => Math.abs(value - picture.data[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((d) => d > 0).length / off.length).toBeLessThan(0.005);
    expect(made.maxValue / told.max_value).toBeCloseTo(1, 3);
    const chunk = readChunks(file, "spectrogram.png").find(({ type }) => type === "eXIf");
    expect([...formatExif(tagsOf(parameters, told.max_value), doubleTags)]).toEqual([...chunk!.data]);
  });

  it("reads the amplitudes off the picture", () => {
    const wanted = tensor(expected, "mel_from_image");
    const found = mels.map((mel) => {
      const all = turned(mel);
      return all.filter((_, i) => (i % frames) % every === 0);
    });
    expectClose(stack(found), [...wanted.data], { rtol: 1e-4, atol: 1 });
  });

  it("has relu(least squares) where non-negativity comes last", () => {
    const wanted = tensor(expected, every > 1 ? "inverse_mel_lstsq_frames" : "inverse_mel_lstsq");
    const times = every > 1 ? told.spectrogram_frames.frames : Array.from({ length: frames }, (_, t) => t);
    const inverse = new InverseMel(bank);
    const found = mels.map((mel) => {
      const columns = times.map((t) => {
        const spectrum = new Float64Array(bins);
        inverse.leastSquares(mel.data.subarray(t * mel.bins, (t + 1) * mel.bins), spectrum);
        return Float32Array.from(spectrum, (x) => Math.max(0, x));
      });
      return turned({ frames: times.length, bins, data: stack(columns) });
    });
    expectClose(stack(found), [...wanted.data], { ofMax: 1e-4 });
  });

  it("finds spectra nearer to the bands and to the truth than the reference's descent", () => {
    const { sgd_remel_rel_err: remel, sgd_vs_true_amplitude: truth } = told.inverse_mel;
    const again = spectra.map((spectrum) => toMel(bank, spectrum).data);
    expect(distance(stack(mels.map(({ data }) => data)), stack(again))).toBeLessThan(remel);
    const all = (from: readonly Magnitudes[]): Float32Array => stack(from.map(({ data }) => data));
    expect(distance(all(amplitudes), all(spectra))).toBeLessThan(truth);
  });

  it("finds phases that fit as well as the reference's, on a grid of as few points as are needed", () => {
    const converge = (wanted: Magnitudes, top: number): number => {
      const grid = workingGrid(framing(parameters), top);
      const data = new Float32Array(frames * grid.bins);
      for (let t = 0; t < frames; t++)
        for (let k = 0; k < grid.bins && k * grid.stride < bins; k++)
          data[t * grid.bins + k] = wanted.data[t * bins + k * grid.stride]!;
      const turns = griffinLim({ frames, bins: grid.bins, data }, grid, { iterations: 32, seed: 1 });
      let turn = turns.next();
      while (!turn.done) turn = turns.next();
      return distance(wanted.data, stft.magnitudes(turn.value).data);
    };
    const worst = (values: readonly number[]): number => 1.1 * Math.max(...values);
    const found = spectra.map((spectrum) => converge(spectrum, bank.first[bank.bands + 1]!));
    expect(Math.max(...found)).toBeLessThan(worst(told.griffin_lim.sgd.random_phase));
    expect(converge(amplitudes[0]!, bins)).toBeLessThan(worst(told.griffin_lim.true_amplitude.random_phase));
  });
});

it("reads the tags of the reference's JPEG too", async () => {
  const { path } = golden("riffusion-small-stereo");
  const [jpeg, png] = ["spectrogram.jpg", "spectrogram.png"].map((file) => readExif(readFileSync(path(file)), file));
  expect([...jpeg!]).toEqual([...png!]);
  expect(parametersOf(jpeg!)).toMatchObject({ sampleRate: 8000, stereo: true, melBands: 32, maxFrequency: 4000 });
});
