import { type Features, standardised } from "../../evaluation/features.ts";
import { frechetDistance } from "../../evaluation/frechet.ts";
import { kernelDistance } from "../../evaluation/kid.ts";
import { nearest, thumbnail } from "../../evaluation/neighbours.ts";
import { psnr } from "../../evaluation/psnr.ts";
import { topK } from "../../evaluation/ranking.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";
import { embedded } from "./clip.ts";
import { batches, choose, type EvaluationProgress, type Shown, type Thing } from "./data.ts";

/** What the known pictures nearest to some show, by 32 × 32 pixels. Shares of pictures. */
export interface NeighbourFigures {
  /** The nearest, or one of the five nearest, shows the thing asked for. */
  readonly nearest1: number;
  readonly nearest5: number;
  /** One of the five nearest is within 30 dB. */
  readonly nearCopies: number;
}

/** How far pictures as a whole are from known ones, to CLIP. */
export interface Distances {
  readonly known: number;
  readonly frechet: number;
  readonly kernel: number;
}

/** Known pictures that distances are taken to. */
const mostKnown = 2000;
/** PSNR from which a picture counts as a copy, in dB. */
const copy = 30;

/** Known pictures, of which one of each of some things stands for what is best possible. */
export interface Known {
  readonly pictures: readonly Shown[];
  readonly thumbnails: readonly Uint8Array[];
  /** Indices of one picture of each thing, where there is one. */
  readonly examples: readonly number[];
  readonly exampleFeatures: Features;
  /** Of many that are no examples; of few there is nothing to tell. */
  readonly otherFeatures: Features;
}

/** Looks at known pictures, `edge` pixels high and wide as those that are compared with them. */
export async function* readKnown(
  judge: ClipModel,
  things: readonly Thing[],
  pictures: readonly Shown[],
  edge: number,
  seed: number,
): AsyncGenerator<EvaluationProgress, Known> {
  const thumbnails: Uint8Array[] = [];
  for await (const some of batches(pictures, edge)) {
    yield { label: "comparing by pixels", done: thumbnails.length, total: pictures.length };
    thumbnails.push(...some.map(thumbnail));
  }
  yield { label: "comparing by pixels", done: pictures.length, total: pictures.length };
  const shuffled = choose([...pictures.keys()], pictures.length, seed);
  const byLabel = new Map(shuffled.map((i) => [pictures[i]!.label, i]));
  const examples = things.flatMap(({ label }) => byLabel.get(label) ?? []);
  const kept = new Set(examples);
  const others = shuffled.filter((i) => !kept.has(i)).slice(0, mostKnown);
  const of = (indices: readonly number[]): Shown[] => indices.map((i) => pictures[i]!);
  return {
    pictures,
    thumbnails,
    examples,
    exampleFeatures: yield* embedded(judge, of(examples), "measuring real pictures", edge),
    otherFeatures: yield* embedded(judge, of(others), "measuring known pictures", edge),
  };
}

/** A picture that is to show a thing; what is among the known is not compared with itself. */
interface Compared {
  readonly label: string;
  readonly image: Picture;
  readonly itself?: number;
}

export async function neighbours({ pictures, thumbnails }: Known, all: readonly Compared[]): Promise<NeighbourFigures> {
  const ranks: number[] = [];
  let copies = 0;
  for (const { label, image, itself } of all) {
    const near = nearest(thumbnail(image), thumbnails, itself === undefined ? 5 : 6)
      .filter((i) => i !== itself)
      .slice(0, 5)
      .map((i) => pictures[i]!);
    const found = near.findIndex((one) => one.label === label);
    ranks.push(found < 0 ? Number.POSITIVE_INFINITY : found);
    const alike = await Promise.all(near.map(async (one) => psnr(await one.picture(image.width), image) >= copy));
    if (alike.includes(true)) copies++;
  }
  return { nearest1: topK(ranks, 1), nearest5: topK(ranks, 5), nearCopies: copies / all.length };
}

/** The same of the examples among all others: what real pictures come to. */
export async function neighboursOfExamples(known: Known, edge: number): Promise<NeighbourFigures> {
  const compared = known.examples.map(async (itself) => {
    const { label, picture } = known.pictures[itself]!;
    return { label, image: await picture(edge), itself };
  });
  return neighbours(known, await Promise.all(compared));
}

/** Of features to those of the others; undefined where too few are known. */
export function distances({ otherFeatures }: Known, features: Features): Distances | undefined {
  if (otherFeatures.count < 2 || features.count < 2) return undefined;
  const [reference, made] = [standardised(otherFeatures), standardised(features)];
  return {
    known: otherFeatures.count,
    frechet: frechetDistance(made, reference),
    kernel: kernelDistance(made, reference),
  };
}
