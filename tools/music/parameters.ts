import type { SpectrogramParameters } from "../../src/audio/spectrogram-parameters.ts";

/** How pocket-music sees sound: 128 bands, fifty columns a second. */
export const parameters: SpectrogramParameters = {
  sampleRate: 44100,
  stereo: false,
  stepMs: 20,
  windowMs: 100,
  paddedMs: 100,
  melBands: 128,
  minFrequency: 0,
  maxFrequency: 10000,
  power: 0.25,
};
