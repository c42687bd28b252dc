/** Sound as numbers: WAV, rates, spectra, Riffusion's pictures of them and back, tempo and loudness. */
export { clipsOf } from "./clips.ts";
export { Fft } from "./fft.ts";
export { type Grid, type GriffinLimOptions, griffinLim, workingGrid } from "./griffin-lim.ts";
export { percussivePart } from "./hpss.ts";
export { fromMel, InverseMel } from "./inverse-mel.ts";
export { joinSounds, overlaySounds } from "./join.ts";
export { chroma, keyOf } from "./key.ts";
export { stretchFrames, stretchSamples } from "./loop.ts";
export { clippedShare, loudnessOf, normalizeLoudness } from "./loudness.ts";
export { type MelFilterbank, type MelParameters, melFilterbank, toMel } from "./mel.ts";
export { beatOffset, crossfaded } from "./on-the-beat.ts";
export { type ProgressOptions, percussiveProgress } from "./progress.ts";
export { RealFft } from "./real-fft.ts";
export { resample } from "./resample.ts";
export { durationOf, lengthOf, normalizePeak, peakOf, type Sound, toMono } from "./sound.ts";
export { melSpectrogram, type ResynthesisOptions, soundOfMel } from "./spectrogram.ts";
export {
  parseSpectrogramForm,
  riffusionForm,
  type SpectrogramForm,
  spectrogramFile,
  spectrogramFormToJson,
} from "./spectrogram-json.ts";
export {
  checkParameters,
  parametersOf,
  riffusionParameters,
  type SpectrogramParameters,
} from "./spectrogram-parameters.ts";
export { melOfPicture, pictureOfMel, pictureToSound, soundToPicture } from "./spectrogram-picture.ts";
export { type Magnitudes, type Spectra, Stft, type StftParameters, Synthesis } from "./stft.ts";
export { onsets, tempoOf } from "./tempo.ts";
export { readWav, readWavInfo } from "./wav.ts";
export { type WavFormat, type WavInfo, wavHeader, wavSamples, writeWav } from "./wav-write.ts";
