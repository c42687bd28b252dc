import { UserError } from "../errors.ts";
import type { StftParameters } from "./stft.ts";

/** How sound and picture belong together; the defaults are Riffusion's. */
export interface SpectrogramParameters {
  /** Hz */
  readonly sampleRate: number;
  /** Left and right in two colours, or one channel in grey. */
  readonly stereo: boolean;
  /** Time from column to column. */
  readonly stepMs: number;
  readonly windowMs: number;
  /** The window with zeros around it: how finely frequencies are sampled. */
  readonly paddedMs: number;
  /** Rows of the picture, equally spaced in mel between the two frequencies. */
  readonly melBands: number;
  /** Hz */
  readonly minFrequency: number;
  readonly maxFrequency: number;
  /** Brightness grows with this power of the amplitude. */
  readonly power: number;
}

export const riffusionParameters: SpectrogramParameters = {
  sampleRate: 44100,
  stereo: false,
  stepMs: 10,
  windowMs: 100,
  paddedMs: 400,
  melBands: 512,
  minFrequency: 0,
  maxFrequency: 10000,
  power: 0.25,
};

/** Samples in the window, its hop and the padded frame. */
export const framing = ({ sampleRate, windowMs, stepMs, paddedMs }: SpectrogramParameters): StftParameters => ({
  window: Math.trunc((windowMs / 1000) * sampleRate),
  hop: Math.trunc((stepMs / 1000) * sampleRate),
  size: Math.trunc((paddedMs / 1000) * sampleRate),
});

/** `windowMs` → `window-ms`, as the command line says. */
const optionOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The largest of each: far above what serves, and small enough for a frame to fit into memory. */
const most = { sampleRate: 384_000, stepMs: 10_000, windowMs: 10_000, paddedMs: 10_000, melBands: 8192, power: 8 };

/**
 * Throws a UserError that names the parameter which makes no sense. `where` begins the message: a file's name, or how the
 * parameters were given.
 */
export function checkParameters(parameters: SpectrogramParameters, where: string): SpectrogramParameters {
  const fail = (what: string): never => {
    throw new UserError(`${where}: ${what}`);
  };
  for (const [name, limit] of Object.entries(most) as [keyof typeof most, number][]) {
    const value = parameters[name];
    if (!(value > 0 && value <= limit)) fail(`${optionOf(name)} is ${value}, but must be above 0 and at most ${limit}`);
  }
  const { sampleRate, melBands, minFrequency, maxFrequency, windowMs, paddedMs } = parameters;
  if (!Number.isInteger(sampleRate)) fail(`sample-rate is ${sampleRate}, but must be a whole number of Hz`);
  if (!Number.isInteger(melBands)) fail(`mel-bands is ${melBands}, but must be a whole number`);
  if (!(minFrequency >= 0 && maxFrequency > minFrequency && maxFrequency <= 1e6))
    fail(`the frequencies are ${minFrequency} to ${maxFrequency} Hz, but must rise from 0 or above`);
  const { window, hop, size } = framing(parameters);
  if (hop < 1 || window < 2)
    fail(`a step of ${hop} and a window of ${window} samples are too short; raise step-ms or window-ms`);
  if (size < window) fail(`padded-ms is ${paddedMs}, less than window-ms, ${windowMs}`);
  if (size > 2 ** 20)
    fail(`${paddedMs} ms at ${sampleRate} Hz are ${size} samples; at most ${2 ** 20} are transformed`);
  if (hop > window)
    fail(`step-ms is ${parameters.stepMs}, more than window-ms, ${windowMs}: sound would be lost between`);
  return parameters;
}

/** The tags by which Riffusion notes them in a picture. */
const tags: readonly (readonly [name: keyof SpectrogramParameters, tag: number])[] = [
  ["sampleRate", 11000],
  ["stereo", 11005],
  ["stepMs", 11010],
  ["windowMs", 11020],
  ["paddedMs", 11030],
  ["melBands", 11040],
  ["minFrequency", 11050],
  ["maxFrequency", 11060],
  ["power", 11070],
];

/** The amplitude that is blackest, on the scale of 16-bit samples. */
const maxValueTag = 11080;

/** Which Riffusion stores as doubles, whatever their value. */
export const doubleTags: ReadonlySet<number> = new Set([11070, maxValueTag]);

export const tagsOf = (parameters: SpectrogramParameters, maxValue: number): Map<number, number> =>
  new Map([...tags.map(([name, tag]) => [tag, Number(parameters[name])] as const), [maxValueTag, maxValue]]);

/** The parameters that a picture's tags state. */
export function parametersOf(found: ReadonlyMap<number, number>): Partial<SpectrogramParameters> {
  const stated = tags.flatMap(([name, tag]) => {
    const value = found.get(tag);
    return value === undefined ? [] : [[name, name === "stereo" ? value !== 0 : value] as const];
  });
  return Object.fromEntries(stated);
}
