import { UserError } from "../errors.ts";
import { lengthOf, type Sound } from "./sound.ts";

export type WavFormat = "pcm16" | "float32";

/** Texts in a file: four letters for what each is, as in ICMT, a comment. */
export type WavInfo = Readonly<Record<string, string>>;

export interface WavHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of a channel; Infinity in a stream whose end nobody knows. */
  readonly length: number;
  readonly format?: WavFormat;
  readonly info?: WavInfo;
}

const widthOf = (format: WavFormat): number => (format === "float32" ? 4 : 2);

/**
 * What comes before the samples. A stream's says the largest size, as FFmpeg's does. Throws a UserError where the file would
 * be longer than WAV can say.
 */
export function wavHeader({ sampleRate, channels, length, format = "pcm16", info = {} }: WavHeader): Uint8Array {
  const float = format === "float32";
  const width = widthOf(format);
  const size = length * channels * width;
  const extra = [
    // Floats have a fact chunk: the number of samples in a channel.
    ...(float ? chunk("fact", little(Math.min(length, 2 ** 32 - 1), 4)) : []),
    ...listOf(info),
  ];
  const before = 36 + extra.length;
  if (Number.isFinite(size) && before + size >= 2 ** 32)
    throw new UserError("the sound is longer than a WAV file of 4 GB can be; cut it first");
  return Uint8Array.from([
    ...letters("RIFF"),
    ...little(Math.min(before + size, 2 ** 32 - 1), 4),
    ...letters("WAVE"),
    ...chunk("fmt ", [
      ...little(float ? 3 : 1, 2),
      ...little(channels, 2),
      ...little(sampleRate, 4),
      ...little(sampleRate * channels * width, 4),
      ...little(channels * width, 2),
      ...little(width * 8, 2),
    ]),
    ...extra,
    ...letters("data"),
    ...little(Math.min(size, 2 ** 32 - 1), 4),
  ]);
}

/** Samples as they lie in a file: 16-bit whole numbers, louder ones clipped, or 32-bit floats, as they are. */
export function wavSamples({ channels }: Sound, format: WavFormat = "pcm16"): Uint8Array {
  const width = widthOf(format);
  const length = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(length * channels.length * width);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let i = 0; i < length; i++)
    for (const channel of channels) {
      const sample = channel[i]!;
      if (format === "float32") view.setFloat32(at, sample, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
      at += width;
    }
  return bytes;
}

/** A WAV file. The same sound gives the same bytes. Throws a UserError where it would be longer than WAV can say. */
export function writeWav(sound: Sound, format: WavFormat = "pcm16", info: WavInfo = {}): Uint8Array {
  const { sampleRate, channels } = sound;
  const header = wavHeader({ sampleRate, channels: channels.length, length: lengthOf(sound), format, info });
  const samples = wavSamples(sound, format);
  const bytes = new Uint8Array(header.length + samples.length);
  bytes.set(header);
  bytes.set(samples, header.length);
  return bytes;
}

const letters = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** Chunks begin at even places. */
const chunk = (name: string, data: readonly number[]): number[] => [
  ...letters(name),
  ...little(data.length, 4),
  ...data,
  ...(data.length % 2 === 1 ? [0] : []),
];

function listOf(info: WavInfo): number[] {
  const entries = Object.entries(info).flatMap(([name, text]) => chunk(name, [...new TextEncoder().encode(text), 0]));
  return entries.length === 0 ? [] : chunk("LIST", [...letters("INFO"), ...entries]);
}
