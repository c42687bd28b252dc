import { rowOf } from "../../evaluation/features.ts";
import { topK } from "../../evaluation/ranking.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";
import { embedded, type Labels } from "./clip.ts";
import type { EvaluationProgress, Shown, Thing } from "./data.ts";
import type { DrawingSettings } from "./drawing.ts";
import {
  type Distances,
  distances,
  type Known,
  type NeighbourFigures,
  neighbours,
  neighboursOfExamples,
} from "./known.ts";

/** A thing and the picture that was drawn of it. */
export interface Drawn extends Thing {
  readonly image: Picture;
}

/** How well pictures show what they are to show. */
export interface ShownFigures extends NeighbourFigures {
  readonly pictures: number;
  /** Shares of pictures whose own prompt is CLIP's first choice among all, and among its first five. */
  readonly top1: number;
  readonly top5: number;
  /** Absent where too few pictures are known. */
  readonly distances?: Distances;
}

export interface GenerationFigures extends DrawingSettings, ShownFigures {
  readonly labels: number;
  /** The same of known pictures of the same things, compared with all others: what is best possible. */
  readonly real: ShownFigures;
}

/** Compares drawn pictures with prompts and with known pictures. */
export async function* evaluateDrawn(
  judge: ClipModel,
  labels: Labels,
  drawn: readonly Drawn[],
  settings: DrawingSettings,
  known: Known,
): AsyncGenerator<EvaluationProgress, GenerationFigures> {
  const features = yield* embedded(judge, asShown(drawn), "recognising drawn pictures");
  const recognised = (rows: typeof features, of: readonly Thing[]) => {
    const ranks = of.map(({ label }, i) => labels.rank(rowOf(rows, i), label));
    const far = distances(known, rows);
    return { pictures: of.length, top1: topK(ranks, 1), top5: topK(ranks, 5), ...(far && { distances: far }) };
  };
  const examples = known.examples.map((i) => known.pictures[i]!);
  return {
    ...settings,
    labels: labels.count,
    ...recognised(features, drawn),
    ...(await neighbours(known, drawn)),
    real: {
      ...recognised(known.exampleFeatures, examples),
      ...(await neighboursOfExamples(known, drawn[0]!.image.width)),
    },
  };
}

/** Drawn pictures for who can take any size. */
const asShown = (drawn: readonly Drawn[]): Shown[] =>
  drawn.map(({ image, ...thing }) => ({ ...thing, picture: () => image }));
