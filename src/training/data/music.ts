import { keyOf } from "../../audio/key.ts";
import { resample } from "../../audio/resample.ts";
import { cutSound, durationOf, lengthOf, peakOf, type Sound } from "../../audio/sound.ts";
import { fewestSamples } from "../../audio/spectrogram.ts";
import { parseSpectrogramForm, type SpectrogramForm } from "../../audio/spectrogram-json.ts";
import { framing } from "../../audio/spectrogram-parameters.ts";
import { soundToPicture } from "../../audio/spectrogram-picture.ts";
import { tempoOf } from "../../audio/tempo.ts";
import { UserError } from "../../errors.ts";
import { crop } from "../../image/resize.ts";
import type { Host } from "../../runtime/host.ts";
import { anyObject, choice, count, flag, object, optional, type Parse, preset, text } from "../parse.ts";
import type { Example, Examples } from "./examples.ts";
import { captionsIn } from "./folder.ts";
import { drawn, random } from "./random.ts";
import { splitEnding } from "./samples.ts";

const fields = object({
  kind: choice("music"),
  folder: text,
  /** As spectrogram.json says it; Riffusion's without. */
  spectrogram: preset(anyObject, {}),
  /** Edge of a square window that is cut out of the picture; all of it without. */
  crop: optional(count),
  /** Whether captions end with the measured tempo, and with the key. */
  tempo: preset(flag, false),
  key: preset(flag, false),
  /** Threads that listen and draw. */
  workers: preset(count, 1),
});

export type MusicConfig = ReturnType<typeof fields> & {
  readonly form: SpectrogramForm;
  /** Height and width of the pictures. */
  readonly size: number;
  readonly width: number;
};

export const musicConfig: Parse<MusicConfig> = (value, where) => {
  const config = fields(value, where);
  const form = parseSpectrogramForm(config.spectrogram, `${where}: spectrogram`);
  return { ...config, form, size: form.parameters.melBands, width: form.columns };
};

/** By their names. */
const endings = ["wav", "mp3", "flac", "ogg", "m4a", "aac", "opus", "aiff", "aif"];

/** Sounds whose caption is measured are listened to for so many seconds. */
const listened = 60;

/**
 * The sounds of a folder, captioned as pictures are: each once an epoch in a new order, of which a clip from anywhere is
 * shown as its spectrum. Throws a UserError for a folder without sounds or captions, and, when it is its turn, for a sound
 * that is silent or shorter than a clip.
 */
export async function musicExamples(
  { folder, form, crop: edge, tempo, key }: MusicConfig,
  host: Host,
  seed: number,
  readSound: (path: string) => Promise<Sound>,
): Promise<Examples> {
  const names = (await host.list(folder)).filter((name) => endings.includes(splitEnding(name)[1]));
  if (names.length === 0) throw new UserError(`${folder} holds no sounds; name a folder with WAV files or the like`);
  const captions = await captionsIn(host, folder, names);
  if (!captions)
    throw new UserError(
      `${folder} holds no captions; write a .txt beside each sound, or metadata.jsonl for all of them`,
    );
  const measured = new Map<string, string>();
  const describe = (name: string, sound: Sound): string => {
    const known = measured.get(name) ?? measuredCaption(sound, tempo, key);
    measured.set(name, known);
    return known;
  };
  return {
    size: names.length,
    async example(index): Promise<Example> {
      const sample = drawn(index, names.length, seed);
      const name = `${folder}/${names[sample]}`;
      const dice = random(seed, index);
      const sound = await readSound(name);
      if (peakOf(sound) === 0) throw new UserError(`${name} is silent; leave it out`);
      const picture = pictureOf(sound, form, name, (room) => dice.int(room + 1));
      return {
        picture: edge
          ? crop(picture, dice.int(picture.width - edge + 1), dice.int(picture.height - edge + 1), edge, edge)
          : picture,
        caption: [captions[sample]!.trim(), describe(name, sound)].filter((part) => part !== "").join(", "),
      };
    },
  };
}

/** A picture of a clip; `place` says where it begins. */
function pictureOf(
  sound: Sound,
  { parameters, columns }: SpectrogramForm,
  name: string,
  place: (room: number) => number,
) {
  const { sampleRate } = parameters;
  const length = Math.max((columns - 1) * framing(parameters).hop, fewestSamples(parameters));
  // One sample more at its own rate, so that none is missing at the other.
  const own = Math.ceil((length * sound.sampleRate) / sampleRate) + 1;
  const room = lengthOf(sound) - own;
  if (room < 0)
    throw new UserError(
      `${name} is ${durationOf(sound).toFixed(2)} s long, shorter than a clip of ${(own / sound.sampleRate).toFixed(2)} s; leave it out`,
    );
  const start = place(room);
  const clip = cutSound(resample(cutSound(sound, start, start + own), sampleRate), 0, length);
  const { picture } = soundToPicture(clip, parameters);
  return crop(picture, 0, 0, columns, picture.height);
}

/** `96 bpm, A minor`, as far as that is asked for and can be heard. */
function measuredCaption(sound: Sound, tempo: boolean, key: boolean): string {
  const heard = cutSound(sound, 0, listened * sound.sampleRate);
  const beats = tempo ? tempoOf(heard) : undefined;
  const tonality = key ? keyOf(heard) : undefined;
  return [beats && `${Math.round(beats)} bpm`, tonality].filter((part) => part !== undefined).join(", ");
}
