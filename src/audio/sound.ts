/** Sampled sound: a channel is a row of samples, full scale ±1. All channels are as long as the first. */
export interface Sound {
  /** Hz */
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** Samples in a channel. */
export const lengthOf = ({ channels }: Sound): number => channels[0]?.length ?? 0;

/** Seconds. */
export const durationOf = (sound: Sound): number => lengthOf(sound) / sound.sampleRate;

/** The mean of all channels. */
export function toMono(sound: Sound): Sound {
  const { sampleRate, channels } = sound;
  if (channels.length === 1) return sound;
  const mean = new Float32Array(lengthOf(sound));
  for (const channel of channels) for (let i = 0; i < mean.length; i++) mean[i]! += channel[i]! / channels.length;
  return { sampleRate, channels: [mean] };
}

/** The part from one sample to another, without copying; less at the sound's end. */
export const cutSound = ({ sampleRate, channels }: Sound, start: number, end: number): Sound => ({
  sampleRate,
  channels: channels.map((channel) => channel.subarray(start, end)),
});

/** The largest magnitude of a sample. */
export function peakOf({ channels }: Sound): number {
  let peak = 0;
  for (const channel of channels) for (const sample of channel) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

/** Decibels, of which 0 is full scale, as a factor. */
export const fromDecibels = (decibels: number): number => 10 ** (decibels / 20);

/** As loud as can be without clipping: the peak at `peak` dBFS. Silence stays silent. */
export function normalizePeak(sound: Sound, peak = -0.1): Sound {
  const loudest = peakOf(sound);
  if (loudest === 0) return sound;
  const gain = fromDecibels(peak) / loudest;
  return { ...sound, channels: sound.channels.map((channel) => channel.map((sample) => sample * gain)) };
}
