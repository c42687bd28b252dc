import { extname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { clipsOf } from "../../audio/clips.ts";
import { resample } from "../../audio/resample.ts";
import { durationOf, normalizePeak, type Sound } from "../../audio/sound.ts";
import {
  checkParameters,
  doubleTags,
  parametersOf,
  riffusionParameters,
  type SpectrogramParameters,
  tagsOf,
} from "../../audio/spectrogram-parameters.ts";
import { pictureToSound, soundToPicture } from "../../audio/spectrogram-picture.ts";
import { UserError } from "../../errors.ts";
import { readSound, soundEndings, writeSound } from "../../host/node/sound.ts";
import { formatExif, insertExif, readExif } from "../../image/exif.ts";
import type { Host } from "../../runtime/host.ts";
import { readBytes } from "./files.ts";

/** One file to make of another. */
export interface Job {
  readonly input: string;
  /** Of a sound cut to clips a name in which the clip's number is to be put. */
  readonly output: string;
}

export interface SpectrogramSettings {
  /** What was given on the command line. */
  readonly given: Partial<SpectrogramParameters>;
  /** Seconds of a clip and of its overlap with the next; undefined takes sounds whole. */
  readonly clips: { readonly seconds: number; readonly overlap: number } | undefined;
  readonly iterations: number | undefined;
  readonly seed: number;
  readonly float: boolean;
  /** Told the share that is done; throws when the work is to stop. */
  readonly progress: (done: number) => void;
}

/** What was made, for --json. */
export interface Made {
  readonly input: string;
  readonly output: string;
  readonly seconds: number;
  readonly parameters: SpectrogramParameters;
  /** Amplitude of black in a picture, on the scale of 16-bit samples. */
  readonly maxValue?: number;
}

const pictureEndings = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".tiff", ".tif"];

const endsIn = (path: string, endings: readonly string[]): boolean => endings.includes(extname(path).toLowerCase());

export const isPicture = (path: string): boolean => endsIn(path, pictureEndings);

/** By their names; FFmpeg knows more, which are taken where they are named one by one. */
export const isSound = (path: string): boolean => endsIn(path, [...soundEndings, ".aac", ".opus", ".aiff", ".aif"]);

/** Pixels of the widest picture: what a decoder takes, and 45 minutes of steps of 10 ms in 512 bands would exceed. */
const mostPixels = 2 ** 27;

/** The error's line with the file's name before it, unless it is there already. */
async function about<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.includes(path)) throw error;
    throw new UserError(`${path}: ${error.message}`, { cause: error });
  }
}

/** A sound file → its picture, or the pictures of its clips. */
export async function* picturesOfSound(host: Host, job: Job, settings: SpectrogramSettings): AsyncGenerator<Made> {
  const { given, clips } = settings;
  const parameters = checkParameters({ ...riffusionParameters, ...given }, "the options");
  const sound = await readSound(job.input);
  const pieces = await about(job.input, () =>
    clips ? clipsOf(sound, clips.seconds, clips.overlap) : [sound as Sound],
  );
  for (const [i, piece] of pieces.entries()) {
    const output = clips ? numbered(job.output, i + 1, pieces.length) : job.output;
    const columns = (1000 * durationOf(piece)) / parameters.stepMs;
    if (columns * parameters.melBands > mostPixels)
      throw new UserError(
        `${job.input} is ${Math.round(durationOf(piece))} s long, too much for one picture: cut it with --clips 5.11`,
      );
    const { picture, maxValue } = await about(job.input, () =>
      soundToPicture(resample(piece, parameters.sampleRate), parameters),
    );
    const png = await host.encodePicture(picture, "png");
    await host.write(output, [insertExif(png, formatExif(tagsOf(parameters, maxValue), doubleTags))]);
    settings.progress((i + 1) / pieces.length);
    yield { input: job.input, output, seconds: durationOf(piece), parameters, maxValue };
  }
}

/** `a.png` → `a-03.png`, with as many digits as the last one has. */
function numbered(path: string, number: number, last: number): string {
  const ending = extname(path);
  return `${path.slice(0, path.length - ending.length)}-${String(number).padStart(String(last).length, "0")}${ending}`;
}

/** A picture → the sound that it shows, as loud as can be. Options go before the picture's tags, these before the defaults. */
export async function soundOfPicture(host: Host, job: Job, settings: SpectrogramSettings): Promise<Made> {
  const { given, iterations, seed, float, progress } = settings;
  const bytes = await readBytes(host, job.input);
  const picture = await host.decodePicture(bytes, job.input);
  const tags = parametersOf(readExif(bytes, job.input));
  const parameters = checkParameters({ ...riffusionParameters, ...tags, ...given }, job.input);
  const making = pictureToSound(picture, parameters, { ...(iterations === undefined ? {} : { iterations }), seed });
  const sound = await about(job.input, async () => {
    for (;;) {
      const step = making.next();
      if (step.done) return step.value;
      progress(step.value);
      // A chance for the user to stop.
      await setImmediate();
    }
  });
  await writeSound(job.output, normalizePeak(sound), { format: float ? "float32" : "pcm16" });
  return { input: job.input, output: job.output, seconds: durationOf(sound), parameters };
}
