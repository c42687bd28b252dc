import { input, oneHot, type Tensor } from "../../src/graph/index.ts";
import { parseTrunkConfig, Trunk, type TrunkConfig } from "../../src/models/trunk/index.ts";
import type { Hearing } from "../../src/pipelines/evaluate/music-data.ts";
import { compile } from "../../src/runtime/compile.ts";
import type { Host, Picture } from "../../src/runtime/host.ts";
import { type NdArray, ndarray } from "../../src/runtime/ndarray.ts";
import { weightsInMemory } from "../../src/training/live-graph.ts";
import { readWeights } from "../../src/training/model-files.ts";
import { openModelDirectory } from "../../src/weights/model-directory.ts";
import { genres } from "./genres.ts";
import { drumsLabel, instruments } from "./instruments.ts";

/** What the listener can hear: every instrument, and drums. */
export const sounds: readonly string[] = [...instruments.map(({ label }) => label), drumsLabel];
export const genreNames: readonly string[] = genres.map(({ name }) => name);

/** A convolutional network with two answers for each sound, absent and present, and one for each genre. */
export const listenerConfig: TrunkConfig = {
  widths: [16, 32, 64, 128, 192],
  projection: 2 * sounds.length + genreNames.length,
};

/** Spectrograms (n 3 h w), as `senses` makes them → logarithms of what is heard: (n, sounds, 2) and (n, genres). */
export function answers(trunk: Trunk, pictures: Tensor): { sounds: Tensor; genres: Tensor } {
  const logits = trunk.forward(pictures);
  const ends = 2 * sounds.length;
  const pairs = logits.slice(1, 0, ends).reshape([logits.dim(0), sounds.length, 2]);
  return { sounds: pairs.logSoftmax(), genres: logits.slice(1, ends, listenerConfig.projection).logSoftmax() };
}

/** Cross-entropies: `present` (n, sounds) of 0 and 1, `genre` (n) numbers. Returns the mean over clips. */
export function listenerLoss(trunk: Trunk, pictures: Tensor, present: Tensor, genre: Tensor): Tensor {
  const heard = answers(trunk, pictures);
  const each = (said: Tensor, truth: Tensor): Tensor =>
    said
      .mul(truth)
      .sum()
      .neg()
      .div(pictures.dim(0) as number);
  return each(heard.sounds, oneHot(present, 2)).add(each(heard.genres, oneHot(genre, genreNames.length)));
}

/**
 * What the listener sees of spectrograms' columns from `from` on: how loud (−1 to 1), how high (which a convolution cannot
 * tell), and how much louder than in the column before. Equal sizes.
 */
export function senses(pictures: readonly Picture[], from = 0, columns = pictures[0]!.width): NdArray<"f32"> {
  const { height } = pictures[0]!;
  const plane = height * columns;
  const data = new Float32Array(pictures.length * 3 * plane);
  for (const [n, { width, data: pixels }] of pictures.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < columns; x++) {
        const at = y * width + from + x;
        const loud = 1 - pixels[3 * at]! / 127.5;
        const before = from + x === 0 ? loud : 1 - pixels[3 * (at - 1)]! / 127.5;
        const to = n * 3 * plane + y * columns + x;
        data[to] = loud;
        data[to + plane] = 1 - (2 * y) / (height - 1);
        data[to + 2 * plane] = loud - before;
      }
  return ndarray(data, [pictures.length, 3, height, columns]);
}

export interface Listener {
  /** What is heard in clips of one size. */
  hear(pictures: readonly Picture[]): Promise<Hearing[]>;
  close(): Promise<void>;
}

/** Opens the listener that train-listener.ts wrote. */
export async function openListener(host: Host, folder: string): Promise<Listener> {
  const directory = await openModelDirectory(host, folder);
  const trunk = new Trunk(parseTrunkConfig(await directory.json("config.json"), `${folder}/config.json`));
  const heard = answers(trunk, input("pictures", "f32", ["n", 3, "h", "w"]));
  const network = await compile({
    host,
    outputs: { present: heard.sounds.slice(2, 1, 2), genres: heard.genres },
    weights: weightsInMemory(await readWeights(trunk.parameters, await directory.weights(""))),
  });
  return {
    async hear(pictures) {
      const { present, genres: kinds } = await network.run({ pictures: senses(pictures) });
      return pictures.map((_, i) => ({
        sounds: byScore(sounds, present!.data as Float32Array, i),
        genres: byScore(genreNames, kinds!.data as Float32Array, i),
      }));
    },
    close: () => network.close(),
  };
}

/** Labels by their scores in row `i`, the largest first. */
function byScore(labels: readonly string[], scores: Float32Array, i: number): string[] {
  const row = scores.subarray(i * labels.length, (i + 1) * labels.length);
  return labels
    .map((label, k) => ({ label, score: row[k]! }))
    .sort((a, b) => b.score - a.score)
    .map(({ label }) => label);
}
