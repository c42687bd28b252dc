import { dot, type Features, joined, rowOf } from "../../evaluation/features.ts";
import { rankOf, topK } from "../../evaluation/ranking.ts";
import type { ClipModel, Embeddings } from "../clip/clip.ts";
import { batches, type EvaluationProgress, type Pictured, type PictureSet, type Thing } from "./data.ts";

/** How well pictures are recognised by their prompts among those of all things. */
export interface RecognitionFigures {
  readonly set: string;
  readonly pictures: number;
  readonly labels: number;
  /** Shares of pictures whose own prompt is the nearest, and among the five nearest. */
  readonly top1: number;
  readonly top5: number;
}

/** Zero-shot classification: Radford et al. 2021, section 3.1. */
export async function* evaluateClip(
  judge: ClipModel,
  labels: Labels,
  sets: readonly PictureSet[],
): AsyncGenerator<EvaluationProgress, RecognitionFigures[]> {
  const figures: RecognitionFigures[] = [];
  for (const { name, pictures } of sets) {
    const features = yield* embedded(judge, pictures, `recognising ${name}`);
    const ranks = pictures.map(({ label }, i) => labels.rank(rowOf(features, i), label));
    figures.push({
      set: name,
      pictures: pictures.length,
      labels: labels.count,
      top1: topK(ranks, 1),
      top5: topK(ranks, 5),
    });
  }
  return figures;
}

/** The prompts of all things, to place pictures among. */
export interface Labels {
  readonly count: number;
  /** How many prompts are nearer to a picture than its label's, 0 to all others. */
  rank(picture: Float32Array, label: string): number;
}

/** Texts at once. */
const textsAtOnce = 64;

export async function* readLabels(
  judge: ClipModel,
  things: readonly Thing[],
): AsyncGenerator<EvaluationProgress, Labels> {
  const prompts: Features[] = [];
  for (let start = 0; start < things.length; start += textsAtOnce) {
    yield { label: "reading labels", done: start, total: things.length };
    const texts = things.slice(start, start + textsAtOnce).map(({ prompt }) => prompt);
    prompts.push(featuresOf(await judge.embedTexts(texts)));
  }
  yield { label: "reading labels", done: things.length, total: things.length };
  const all = joined(prompts);
  const places = new Map(things.map(({ label }, i) => [label, i]));
  return {
    count: things.length,
    rank(picture, label) {
      const cosines = Float32Array.from(things, (_, i) => dot(picture, rowOf(all, i)));
      return rankOf(cosines, places.get(label)!);
    },
  };
}

export function featuresOf({ data, shape }: Embeddings): Features {
  const [count, width] = shape as [number, number];
  return { count, width, data };
}

/** Features of all pictures of a set, taken at the given size: that which the judge sees, without. */
export async function* embedded(
  judge: ClipModel,
  set: readonly Pictured[],
  label: string,
  edge = judge.config.vision.imageSize,
): AsyncGenerator<EvaluationProgress, Features> {
  const parts: Features[] = [];
  let done = 0;
  for await (const pictures of batches(set, edge)) {
    yield { label, done, total: set.length };
    parts.push(featuresOf(await judge.embedImages(pictures)));
    done += pictures.length;
  }
  yield { label, done, total: set.length };
  return joined(parts);
}
