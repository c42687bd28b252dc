// Plays loops and keeps the spectrograms of their clips: npx tsx tools/music/render.ts [folder] [loops] [seed]
import { mkdir, rename, writeFile } from "node:fs/promises";
import { soundToPicture } from "../../src/audio/spectrogram-picture.ts";
import { UserError } from "../../src/errors.ts";
import { random } from "../../src/training/data/random.ts";
import { describe } from "./captions.ts";
import { playClips, startOf } from "./clips.ts";
import { type ClipRecord, chunkCount, loopsPerChunk, picturesFile, pixelsPerClip, recordsFile } from "./corpus.ts";
import { type Loop, makeLoop } from "./loop.ts";
import { parameters } from "./parameters.ts";
import { splitOf } from "./splits.ts";
import { sampleRate } from "./synthesizer.ts";

interface Played {
  readonly loops: readonly Loop[];
  readonly starts: readonly number[];
  readonly clips: readonly Float32Array[];
}

async function play(seed: number, chunk: number): Promise<Played> {
  const numbers = Array.from({ length: loopsPerChunk }, (_, i) => chunk * loopsPerChunk + i);
  const loops = numbers.map((number) => makeLoop(seed, number));
  const starts = loops.map((loop, i) => startOf(loop, seed, numbers[i]!));
  return { loops, starts, clips: await playClips(loops, starts) };
}

const recordOf = (loop: Loop, seed: number, number: number, bar: number): ClipRecord => ({
  loop: number,
  bar,
  split: splitOf(loop, seed, number),
  ...describe(loop, random(seed, number, 3)),
});

/** Pictures first: a chunk is there when its records are. */
async function keep(folder: string, seed: number, chunk: number, { loops, starts, clips }: Played): Promise<void> {
  const records = loops.map((loop, i) => recordOf(loop, seed, chunk * loopsPerChunk + i, starts[i]!));
  const grey = new Uint8Array(records.length * pixelsPerClip);
  for (const [i, samples] of clips.entries()) {
    const { picture } = soundToPicture({ sampleRate, channels: [samples] }, parameters);
    for (let p = 0; p < pixelsPerClip; p++) grey[i * pixelsPerClip + p] = picture.data[3 * p]!;
  }
  await writeFile(picturesFile(folder, chunk), grey);
  const path = recordsFile(folder, chunk);
  await writeFile(`${path}.part`, JSON.stringify(records));
  await rename(`${path}.part`, path);
}

async function main(folder: string, loops: number, seed: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const chunks = Math.ceil(loops / loopsPerChunk);
  const first = chunkCount(folder);
  const started = performance.now();
  // The synthesizer, a process of its own, plays the next chunk meanwhile.
  let next = first < chunks ? play(seed, first) : undefined;
  for (let chunk = first; chunk < chunks; chunk++) {
    const played = await next!;
    next = chunk + 1 < chunks ? play(seed, chunk + 1) : undefined;
    next?.catch(() => {});
    await keep(folder, seed, chunk, played);
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(
      `\r${(chunk + 1) * loopsPerChunk} of ${chunks * loopsPerChunk} loops in ${seconds.toFixed(0)} s`,
    );
  }
  process.stderr.write(`\n`);
}

const [folder = ".corpus-music", loops = "6144", seed = "1"] = process.argv.slice(2);
await main(folder, Number(loops), Number(seed)).catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
