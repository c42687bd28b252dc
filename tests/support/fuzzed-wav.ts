import { readWav, readWavInfo } from "../../src/audio/wav.ts";
import { writeWav } from "../../src/audio/wav-write.ts";

/** WAV files of both kinds, with texts and without. */
export function wavs(): Uint8Array[] {
  const channels = [0, 1].map((c) => Float32Array.from({ length: 20 }, (_, i) => ((i + c) % 7) / 10));
  const sound = { sampleRate: 8000, channels };
  return [writeWav(sound), writeWav(sound, "float32", { ICMT: "a bear", INAM: "b" })];
}

export async function readSound(bytes: Uint8Array): Promise<void> {
  readWavInfo(bytes);
  readWav(bytes, "a.wav");
}
