import { stretchFrames, stretchSamples } from "../../audio/loop.ts";
import { cutSound, type Sound } from "../../audio/sound.ts";
import { soundOfMel } from "../../audio/spectrogram.ts";
import type { SpectrogramParameters } from "../../audio/spectrogram-parameters.ts";
import { melOfPicture } from "../../audio/spectrogram-picture.ts";
import type { Picture } from "../../runtime/host.ts";
import { type Extent, stepOf } from "./request.ts";

export interface SoundOptions {
  /** Amplitude of black, on the scale of 16-bit samples. */
  readonly black: number;
  readonly iterations?: number | undefined;
  /** Of the phases that the search for them starts from. */
  readonly seed: number;
}

/**
 * The sound of a spectrum: as many samples as are wanted, of a loop as many as bring its end to its beginning. Yields the
 * share that is done.
 */
export function* soundOf(
  picture: Picture,
  parameters: SpectrogramParameters,
  { samples, loop }: Pick<Extent, "samples" | "loop">,
  { black, iterations, seed }: SoundOptions,
): Generator<number, Sound> {
  const { sampleRate } = parameters;
  const mels = melOfPicture(picture, parameters, black);
  const channels: Float32Array[] = [];
  for (const mel of mels) {
    const frames = Math.max(1, Math.round(samples / sampleRate / stepOf(parameters)));
    const making = soundOfMel(loop ? stretchFrames(mel, frames) : mel, parameters, {
      ...(iterations !== undefined && { iterations }),
      seed,
      loop,
    });
    let step = making.next();
    for (; !step.done; step = making.next()) yield (channels.length + step.value) / mels.length;
    channels.push(loop ? stretchSamples(step.value, samples) : step.value);
  }
  return cutSound({ sampleRate, channels }, 0, samples);
}

/** Left and right, each a grey picture, as one: the first in green, the second in blue. */
export function stereoPicture(left: Picture, right: Picture): Picture {
  const data = new Uint8Array(left.data.length);
  for (let i = 0; i < data.length; i += 3) {
    data[i + 1] = left.data[i]!;
    data[i + 2] = right.data[i]!;
  }
  return { ...left, data };
}
