import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import type { Sound } from "./sound.ts";
import { readWav } from "./wav.ts";
import { writeWav } from "./wav-write.ts";

const sound: Sound = {
  sampleRate: 48000,
  channels: [Float32Array.of(0, 0.5, -0.25, -1), Float32Array.of(0.75, -0.125, 0.0625, 32767 / 32768)],
};

interface Parts {
  readonly kind?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly block?: number;
  readonly data?: readonly number[];
  readonly dataSize?: number;
  readonly riffSize?: number;
  /** Chunks before and after the samples. */
  readonly before?: readonly number[];
  readonly after?: readonly number[];
  readonly guid?: boolean;
}

const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

const text = (letters: string): number[] => [...letters].map((letter) => letter.charCodeAt(0));

/** A WAV file of these parts, whatever they say. */
function wav(parts: Parts = {}): Uint8Array {
  const { kind = 1, channels = 1, rate = 8000, bits = 16, data = [0, 64, 0, 192], before = [], after = [] } = parts;
  const block = parts.block ?? channels * Math.ceil(bits / 8);
  const extension = parts.guid ? [...le(22, 2), ...le(bits, 2), ...le(0, 4), ...le(kind, 2), ...le(0, 14)] : [];
  const format = [
    ...le(parts.guid ? 0xfffe : kind, 2),
    ...le(channels, 2),
    ...le(rate, 4),
    ...le(rate * block, 4),
    ...le(block, 2),
    ...le(bits, 2),
    ...extension,
  ];
  const chunks = [
    ...[...text("WAVEfmt "), ...le(format.length, 4), ...format, ...before],
    ...[...text("data"), ...le(parts.dataSize ?? data.length, 4), ...data, ...after],
  ];
  return Uint8Array.from([...text("RIFF"), ...le(parts.riffSize ?? chunks.length, 4), ...chunks]);
}

const samplesOf = (parts: Parts): number[][] => readWav(wav(parts), "a.wav").channels.map((channel) => [...channel]);

describe("writeWav", () => {
  it("comes back to the bit, in 16 bits and in floats", () => {
    expect(readWav(writeWav(sound), "a.wav")).toEqual(sound);
    const odd = { ...sound, channels: [Float32Array.of(1e-9, 1.5, -Math.PI)] };
    expect(readWav(writeWav(odd, "float32"), "a.wav")).toEqual(odd);
  });

  it("clips what is louder than 16 bits can say", () => {
    const loud = { sampleRate: 8000, channels: [Float32Array.of(1, 1.5, -1.5)] };
    expect([...readWav(writeWav(loud), "a.wav").channels[0]!]).toEqual([32767 / 32768, 32767 / 32768, -1]);
  });
});

describe("readWav", () => {
  const floats = new Uint8Array(Float32Array.of(0.5, -2).buffer);
  const doubles = new Uint8Array(Float64Array.of(0.5, -2).buffer);

  it.each<[string, Parts, number[][]]>([
    ["8 bits, without a sign", { bits: 8, data: [128, 255, 0] }, [[0, 127 / 128, -1]]],
    ["16 bits", {}, [[0.5, -0.5]]],
    ["24 bits", { bits: 24, data: [0, 0, 64, 0, 0, 128, 255, 255, 255] }, [[0.5, -1, -1 / 2 ** 23]]],
    ["32 bits", { bits: 32, data: [0, 0, 0, 64, 0, 0, 0, 192] }, [[0.5, -0.5]]],
    ["20 bits in three bytes", { bits: 20, data: [0, 0, 64] }, [[0.5]]],
    ["floats", { kind: 3, bits: 32, data: [...floats] }, [[0.5, -2]]],
    ["doubles", { kind: 3, bits: 64, data: [...doubles] }, [[0.5, -2]]],
    ["the extensible form", { guid: true, kind: 3, bits: 32, data: [...floats] }, [[0.5, -2]]],
    [
      "channels in turn",
      { channels: 2, data: [0, 64, 0, 192, 0, 32, 0, 0] },
      [
        [0.5, 0.25],
        [-0.5, 0],
      ],
    ],
    ["32 channels", { channels: 32, data: le(64 * 256, 64) }, [[0.5], ...Array.from({ length: 31 }, () => [0])]],
    ["other chunks, of odd length too", { before: [...text("LIST"), 3, 0, 0, 0, 1, 2, 3, 0] }, [[0.5, -0.5]]],
    ["what follows the samples", { after: [...text("LIST"), 2, 0, 0, 0, 1, 2] }, [[0.5, -0.5]]],
    ["a stream's sizes", { dataSize: 0xffffffff, riffSize: 0xffffffff }, [[0.5, -0.5]]],
    ["sizes that were never filled in", { dataSize: 0, riffSize: 0 }, [[0.5, -0.5]]],
    ["those of an empty file", { dataSize: 0, riffSize: 36 }, [[0.5, -0.5]]],
    ["a size of RIFF that lies", { riffSize: 7 }, [[0.5, -0.5]]],
    ["half a sample at the end", { data: [0, 64, 0] }, [[0.5]]],
  ])("reads %s", (_, parts, samples) => {
    expect(samplesOf(parts)).toEqual(samples);
  });

  it("keeps any rate", () => {
    expect(readWav(wav({ rate: 192_000 }), "a.wav").sampleRate).toBe(192_000);
  });

  it.each<[string, Uint8Array, string]>([
    ["another file", Uint8Array.from(text("this is no sound at all")), "not a WAV file"],
    ["one byte", Uint8Array.of(82), "not a WAV file"],
    ["a header alone", wav().subarray(0, 30), "its format chunk is too short"],
    ["no samples", wav({ data: [] }), "there are no samples in it"],
    ["no chunk of samples", wav().subarray(0, 36), "it ends before its samples"],
    ["no format", Uint8Array.from([...text("RIFF"), 0, 0, 0, 0, ...text("WAVE")]), "it ends before its format"],
    [
      "samples first",
      Uint8Array.from([...text("RIFF"), 0, 0, 0, 0, ...text("WAVEdata"), 2, 0, 0, 0, 1, 2]),
      "its format comes after",
    ],
    [
      "less than it says",
      wav({ dataSize: 1000 }),
      "it ends after 4 of 1000 bytes of samples; copy or download it again",
    ],
    ["a codec", wav({ kind: 85, bits: 0, block: 1 }), "its samples are of kind 85 with 0 bits"],
    ["12 channels in 0 Hz", wav({ rate: 0, channels: 12 }), "it says 0 Hz"],
    ["no channels", wav({ channels: 0 }), "it says 0 channels"],
    ["blocks that do not fit", wav({ block: 3 }), "it says 3 bytes for 1 samples of 16 bits"],
    ["NaN", wav({ kind: 3, bits: 32, data: [0, 0, 0, 0, 0, 0, 192, 127] }), "sample 1 of channel 1 is NaN"],
  ])("refuses %s in a line", (_, bytes, message) => {
    expect(() => readWav(bytes, "a.wav")).toThrow(UserError);
    expect(() => readWav(bytes, "a.wav")).toThrow(`a.wav: ${message}`);
  });

  it("throws nothing but one line for damaged files, and makes no more samples than there are bytes", () => {
    const files = [
      writeWav(sound),
      writeWav(sound, "float32"),
      wav({ guid: true, before: [...text("LIST"), 0, 0, 0, 0] }),
    ];
    const change = fc.tuple(fc.nat(80), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat(100),
        fc.array(change, { maxLength: 6 }),
        (file, length, changes) => {
          const broken = file.slice(0, length);
          for (const [at, value] of changes) if (at < broken.length) broken[at] = value;
          try {
            const { channels } = readWav(broken, "broken.wav");
            expect(channels.reduce((sum, channel) => sum + channel.length, 0)).toBeLessThanOrEqual(broken.length);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            expect((error as Error).message).toMatch(/^broken\.wav: [^\n]+$/);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
