import { basename, extname, join } from "node:path";
import type { SpectrogramParameters } from "../../../audio/spectrogram-parameters.ts";
import { UsageError, UserError } from "../../../errors.ts";
import { soundEndings } from "../../../host/node/sound.ts";
import { nodeHost } from "../../../host/node.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Context, Given } from "../command.ts";
import { checkWritable, isFolder } from "../files.ts";
import { decimal, type Options, wholeNumber } from "../options.ts";
import {
  isPicture,
  isSound,
  type Job,
  type Made,
  picturesOfSound,
  type SpectrogramSettings,
  soundOfPicture,
} from "../spectrograms.ts";

export const usage = `spectrogram SOUND PICTURE.png [options]
       latentkit spectrogram PICTURE SOUND [options]
       latentkit spectrogram FOLDER FOLDER [options]

Shows a sound as a picture of its spectrum over time, as Riffusion does, or plays such a
picture; in a folder each sound and each picture. A picture carries the parameters that it was
made with, and the options below overrule them; without them the defaults are Riffusion's.
WAV is read and written as it is, MP3, FLAC, OGG and M4A after npm install node-av.

  latentkit spectrogram beat.wav beat.png
  latentkit spectrogram beat.png again.wav
  latentkit spectrogram song.wav clips --clips 5.11    # pictures of 512 columns, in a folder`;

export const options = {
  "mel-bands": { type: "string", value: "N", help: "rows of the picture, a band of tones each (512)" },
  "min-frequency": { type: "string", value: "HZ", help: "the lowest tone (0)" },
  "max-frequency": { type: "string", value: "HZ", help: "the highest tone (10000)" },
  "sample-rate": {
    type: "string",
    value: "HZ",
    help: "to which sounds are resampled, and at which they are made (44100)",
  },
  "step-ms": { type: "string", value: "MS", help: "time from column to column (10)" },
  "window-ms": { type: "string", value: "MS", help: "time that a column looks at (100)" },
  "padded-ms": { type: "string", value: "MS", help: "the same with zeros around, for finer tones (400)" },
  stereo: { type: "boolean", help: "left in green and right in blue, instead of the mean of the channels in grey" },
  power: { type: "string", value: "X", help: "of the amplitude that darkness grows with (0.25)" },
  clips: { type: "string", value: "SECONDS", help: "cut sounds to clips of this length, numbered in a folder" },
  overlap: { type: "string", value: "SECONDS", help: "of a clip with the next (0)" },
  iterations: { type: "string", value: "N", help: "steps of the search for phases (40)" },
  seed: { type: "string", value: "N", help: "of the phases that it starts from (0)" },
  float: { type: "boolean", help: "write WAV with 32-bit floats instead of 16 bits" },
} as const satisfies Options;

/** Only what was given, so that a picture's tags and the defaults fill the rest. */
function parametersGiven(values: Given<typeof options>["values"]): Partial<SpectrogramParameters> {
  const above = { least: Number.MIN_VALUE };
  const numbers = {
    sampleRate: wholeNumber("sample-rate", values["sample-rate"], { least: 1 }),
    stepMs: decimal("step-ms", values["step-ms"], above),
    windowMs: decimal("window-ms", values["window-ms"], above),
    paddedMs: decimal("padded-ms", values["padded-ms"], above),
    melBands: wholeNumber("mel-bands", values["mel-bands"], { least: 1 }),
    minFrequency: decimal("min-frequency", values["min-frequency"], { least: 0 }),
    maxFrequency: decimal("max-frequency", values["max-frequency"], above),
    power: decimal("power", values.power, above),
  };
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  return { ...given, ...(values.stereo ? { stereo: true } : {}) };
}

function clipsGiven(values: Given<typeof options>["values"]): SpectrogramSettings["clips"] {
  const seconds = decimal("clips", values.clips, { least: 0.01, most: 3600 });
  const overlap = decimal("overlap", values.overlap, { least: 0 }) ?? 0;
  if (seconds === undefined) {
    if (values.overlap !== undefined)
      throw new UsageError("--overlap is of clips: give their length with --clips 5.11");
    return undefined;
  }
  if (overlap >= seconds) throw new UsageError(`--overlap ${overlap} must be less than --clips ${seconds}`);
  return { seconds, overlap };
}

/** The files to make; errors before anything is read. */
async function plan(host: Host, from: string, to: string, clips: boolean): Promise<Job[]> {
  const beside = (name: string, ending: string): string => join(to, basename(name, extname(name)) + ending);
  if (await isFolder(from)) {
    const names = (await host.list(from)).filter((name) => isSound(name) || isPicture(name));
    if (names.length === 0) throw new UserError(`there are no sounds and no pictures in ${from}`);
    return names.map((name) => ({ input: join(from, name), output: beside(name, isPicture(name) ? ".wav" : ".png") }));
  }
  if (isPicture(from)) {
    if (clips) throw new UsageError(`--clips cuts sounds, but ${from} is a picture`);
    if (!soundEndings.includes(extname(to).toLowerCase()))
      throw new UsageError(`${to} does not end in ${soundEndings.join(", ")}, which decide the format of the sound`);
    return [{ input: from, output: to }];
  }
  if (clips) {
    if (extname(to) !== "") throw new UsageError(`--clips makes many pictures: name a folder for them, not ${to}`);
    return [{ input: from, output: beside(from, ".png") }];
  }
  if (extname(to).toLowerCase() !== ".png")
    throw new UsageError(`${to} does not end in .png: the picture of a sound is written as PNG, which loses nothing`);
  return [{ input: from, output: to }];
}

/** Two inputs of the same name would write over each other. */
function refuseTwins(jobs: readonly Job[]): void {
  const makers = new Map<string, string>();
  for (const { input, output } of jobs) {
    const other = makers.get(output);
    if (other !== undefined)
      throw new UserError(`${other} and ${input} would both become ${output}: rename one of them`);
    makers.set(output, input);
  }
}

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [from, to, ...more] = positionals;
  if (from === undefined || to === undefined || more.length > 0)
    throw new UsageError("name what to read and what to write: latentkit spectrogram beat.wav beat.png");
  const given = parametersGiven(values);
  const clips = clipsGiven(values);
  const iterations = wholeNumber("iterations", values.iterations, { least: 1, most: 10_000 });
  const seed = wholeNumber("seed", values.seed, { least: 0 }) ?? 0;
  const host = nodeHost();
  const jobs = await plan(host, from, to, clips !== undefined);
  refuseTwins(jobs);
  for (const { output } of jobs) await checkWritable(output);
  const made: Made[] = [];
  for (const [i, job] of jobs.entries()) {
    const label = jobs.length > 1 ? "converting" : isPicture(job.input) ? "playing" : "looking";
    const progress = (done: number): void => {
      context.signal.throwIfAborted();
      context.display.progress({ done: Math.round(100 * (i + done)), total: 100 * jobs.length, label });
    };
    const settings = { given, clips, iterations, seed, float: values.float, progress };
    if (isPicture(job.input)) made.push(await soundOfPicture(host, job, settings));
    else for await (const one of picturesOfSound(host, job, settings)) made.push(one);
    context.signal.throwIfAborted();
  }
  const lines = made.map(({ output, seconds }) => `${output}, ${seconds.toFixed(2)} s`);
  context.result({ made }, lines.join("\n"));
}
