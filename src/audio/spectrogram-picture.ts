import { UserError } from "../errors.ts";
import { toRgb } from "../image/tensor.ts";
import type { Picture } from "../runtime/host.ts";
import { lengthOf, type Sound, toMono } from "./sound.ts";
import { melSpectrogram, type ResynthesisOptions, soundOfMel } from "./spectrogram.ts";
import type { SpectrogramParameters } from "./spectrogram-parameters.ts";
import type { Magnitudes } from "./stft.ts";

/** What black stands for where a picture is played, as in Riffusion, whatever the loudest was when it was made. */
const black = 30e6;

/** The colours that hold the channels: red of a grey picture; green left and blue right. */
const coloursOf = (stereo: boolean): readonly number[] => (stereo ? [1, 2] : [0]);

/**
 * Channels of mel amplitudes → picture, a column a frame, high tones at the top, loud ones dark; and the amplitude that is
 * black, the largest. Stereo has no red.
 */
export function pictureOfMel(
  channels: readonly Magnitudes[],
  { power, stereo }: SpectrogramParameters,
): { readonly picture: Picture; readonly maxValue: number } {
  const { frames: width, bins: height } = channels[0]!;
  let maxValue = 0;
  for (const { data } of channels) for (const value of data) maxValue = Math.max(maxValue, value);
  const data = new Uint8Array(width * height * 3);
  const shade = (value: number): number => Math.trunc(255 - 255 * (maxValue > 0 ? (value / maxValue) ** power : 0));
  for (const [c, mel] of channels.entries())
    for (let t = 0; t < width; t++)
      for (let band = 0; band < height; band++) {
        const grey = shade(mel.data[t * height + band]!);
        const at = ((height - 1 - band) * width + t) * 3;
        if (stereo) data[at + 1 + c] = grey;
        else data.fill(grey, at, at + 3);
      }
  return { picture: { width, height, channels: 3, data }, maxValue };
}

/** Picture → channels of mel amplitudes, `maxValue` being black. */
export function melOfPicture(
  picture: Picture,
  { power, stereo }: Pick<SpectrogramParameters, "power" | "stereo">,
  maxValue = black,
): Magnitudes[] {
  const { width, height, data } = toRgb(picture);
  const amplitudes = Float32Array.from({ length: 256 }, (_, grey) => maxValue * ((255 - grey) / 255) ** (1 / power));
  return coloursOf(stereo).map((colour) => {
    const mel = new Float32Array(width * height);
    for (let t = 0; t < width; t++)
      for (let band = 0; band < height; band++)
        mel[t * height + band] = amplitudes[data[((height - 1 - band) * width + t) * 3 + colour]!]!;
    return { frames: width, bins: height, data: mel };
  });
}

/** The channels that a picture shows: the mean of all, or two, the same twice where there is one. */
function shownChannels(sound: Sound, stereo: boolean): readonly Float32Array[] {
  if (!stereo) return toMono(sound).channels;
  const { channels } = sound;
  if (channels.length > 2)
    throw new UserError(
      `the sound has ${channels.length} channels, of which a stereo picture cannot show more than two: leave out --stereo, which takes their mean`,
    );
  return channels.length === 2 ? channels : [channels[0]!, channels[0]!];
}

/** A sound at the parameters' sampling rate → its picture. Throws a UserError where it is too short. */
export function soundToPicture(sound: Sound, parameters: SpectrogramParameters): ReturnType<typeof pictureOfMel> {
  if (sound.sampleRate !== parameters.sampleRate)
    throw new Error(`soundToPicture: ${sound.sampleRate} Hz, where ${parameters.sampleRate} are meant`);
  if (lengthOf(sound) === 0) throw new UserError("the sound is empty");
  return pictureOfMel(
    shownChannels(sound, parameters.stereo).map((channel) => melSpectrogram(channel, parameters)),
    parameters,
  );
}

/** A picture of `melBands` rows → the sound it shows, (width − 1) steps long, of any loudness. Yields the share done. */
export function* pictureToSound(
  picture: Picture,
  parameters: SpectrogramParameters,
  options: ResynthesisOptions = {},
): Generator<number, Sound> {
  if (picture.height !== parameters.melBands)
    throw new UserError(
      `the picture is ${picture.height} pixels high, but a row is due to each of ${parameters.melBands} bands: give --mel-bands ${picture.height} if that was meant`,
    );
  if (picture.width < 2) throw new UserError("the picture is one pixel wide, which is no time at all");
  const mels = melOfPicture(picture, parameters);
  const channels: Float32Array[] = [];
  for (const mel of mels) {
    const making = soundOfMel(mel, parameters, options);
    let step = making.next();
    for (; !step.done; step = making.next()) yield (channels.length + step.value) / mels.length;
    channels.push(step.value);
  }
  return { sampleRate: parameters.sampleRate, channels };
}
