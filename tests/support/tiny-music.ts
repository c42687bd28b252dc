import { writeFileSync } from "node:fs";
import { writeRandomModel } from "./tiny-model.ts";

/** Pictures of 32 bands and 64 columns, 1.28 s, of sound at 8 kHz. */
export const tinyForm = {
  sampleRate: 8000,
  stepMs: 20,
  windowMs: 50,
  paddedMs: 100,
  melBands: 32,
  maxFrequency: 4000,
  columns: 64,
};

/** Writes a model of music with random weights: see `writeRandomModel`. */
export async function writeRandomMusicModel(folder: string): Promise<void> {
  await writeRandomModel(folder);
  writeFileSync(`${folder}/spectrogram.json`, JSON.stringify(tinyForm));
}
