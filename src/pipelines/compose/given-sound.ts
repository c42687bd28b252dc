import { resample } from "../../audio/resample.ts";
import { cutSound, lengthOf, type Sound, toMono } from "../../audio/sound.ts";
import type { SpectrogramParameters } from "../../audio/spectrogram-parameters.ts";
import { soundToPicture } from "../../audio/spectrogram-picture.ts";
import { UserError } from "../../errors.ts";
import { crop, resize } from "../../image/resize.ts";
import type { Picture } from "../../runtime/host.ts";
import { greyMask } from "../draw/mask.ts";
import { type Extent, type InitialSound, stepOf } from "./request.ts";

/** A sound to start from, as it is drawn over. */
export interface GivenSound {
  /** At the parameters' rate, as long as the piece. */
  readonly sound: Sound;
  /** Its spectrum, as wide as the piece. */
  readonly picture: Picture;
  /** The amplitude of its black. */
  readonly black: number;
  /** One channel, of the picture's size: white where it is drawn anew, black where it stays; none where all is. */
  readonly mask?: Picture;
}

/** Fits a sound to a piece. What is missing at its end is silent. Throws a UserError where the sound is silent altogether. */
export function givenSound(
  init: InitialSound,
  parameters: SpectrogramParameters,
  { samples, columns }: Extent,
): GivenSound {
  const resampled = resample(init.sound, parameters.sampleRate);
  const sound = cutSound(parameters.stereo ? resampled : toMono(resampled), 0, samples);
  const step = stepOf(parameters);
  const long = Math.ceil(columns * step * parameters.sampleRate);
  const padded = sound.channels.map((channel) => {
    const all = new Float32Array(long);
    all.set(channel);
    return all;
  });
  const { picture, maxValue } = soundToPicture({ ...sound, channels: padded }, parameters);
  if (maxValue === 0) throw new UserError("the sound to start from is silent; choose another one");
  const shown = crop(picture, 0, 0, columns, picture.height);
  const mask = maskOf(init, shown, step);
  return { sound, picture: shown, black: maxValue, ...(mask && { mask }) };
}

function maskOf({ anew, mask }: InitialSound, { width, height }: Picture, step: number): Picture | undefined {
  if (!anew && !mask) return undefined;
  const grey = mask
    ? resize(greyMask(mask), width, height, "lanczos").data.slice()
    : new Uint8Array(width * height).fill(255);
  for (let x = 0; anew && x < width; x++) {
    const time = x * step;
    if (!anew.some(({ from, to }) => time >= from && time < to))
      for (let y = 0; y < height; y++) grey[y * width + x] = 0;
  }
  if (grey.every((value) => value === 0))
    throw new UserError("the mask keeps all of the sound, so that nothing is to be composed: paint white what is");
  return { width, height, channels: 1, data: grey };
}

/** Columns over which what stays goes over into what is new, inside of the latter. */
const fade = 4;

/** A sound with the given one in place of what the mask keeps at all tones: there it is as it was, to the sample. */
export function withKept(sound: Sound, { sound: given, mask }: GivenSound, step: number): Sound {
  if (!mask) return sound;
  const { width, height, data } = mask;
  const stays = Float64Array.from({ length: width }, (_, x) => {
    for (let y = 0; y < height; y++) if (data[y * width + x]! > 0) return 0;
    return 1;
  });
  // How much is kept at each column: all where it stays, less up to `fade` columns away.
  const share = stays.map((_, x) => {
    for (let away = 0; away < fade; away++) if (stays[x - away] === 1 || stays[x + away] === 1) return 1 - away / fade;
    return 0;
  });
  const perColumn = step * sound.sampleRate;
  const keptAt = (i: number): number => {
    const at = Math.min(i / perColumn, width - 1);
    const before = Math.floor(at);
    return share[before]! + (at - before) * ((share[before + 1] ?? share[before]!) - share[before]!);
  };
  const channels = sound.channels.map((samples, c) => {
    const own = given.channels[given.channels.length === sound.channels.length ? c : 0]!;
    return samples.map((sample, i) => {
      const kept = keptAt(i);
      if (kept === 0 || i >= lengthOf(given)) return sample;
      return kept === 1 ? own[i]! : Math.sin((Math.PI / 2) * kept) * own[i]! + Math.cos((Math.PI / 2) * kept) * sample;
    });
  });
  return { ...sound, channels };
}
