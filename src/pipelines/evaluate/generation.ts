import { type Features, rowOf, standardised } from "../../evaluation/features.ts";
import { frechetDistance } from "../../evaluation/frechet.ts";
import { kernelDistance } from "../../evaluation/kid.ts";
import { nearest, thumbnail } from "../../evaluation/neighbours.ts";
import { psnr } from "../../evaluation/psnr.ts";
import { topK } from "../../evaluation/ranking.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";
import { textToImage } from "../draw/text-to-image.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { embedded, type Labels } from "./clip.ts";
import { batches, choose, type EvaluationProgress, median, type Shown, type Thing } from "./data.ts";

/** A thing and the picture that was drawn of it. */
export interface Drawn extends Thing {
  readonly image: Picture;
}

export interface GenerationFigures {
  readonly pictures: number;
  readonly labels: number;
  readonly steps: number;
  readonly guidance: number;
  readonly sampler: string;
  readonly seed: number;
  /** The median; the first picture also waits for the networks to be opened. */
  readonly secondsPerPicture: number;
  /** Shares of pictures whose own prompt is CLIP's first choice among all, and among its first five. */
  readonly top1: number;
  readonly top5: number;
  /** Shares whose nearest known picture, by 32 × 32 pixels, shows the thing asked for; or one of the five nearest does. */
  readonly nearest1: number;
  readonly nearest5: number;
  /** Share that has a known picture within 30 dB. */
  readonly nearCopies: number;
  /** How far the drawn pictures as a whole are from known ones, to CLIP; absent where too few are known. */
  readonly distances?: {
    readonly known: number;
    readonly frechet: number;
    readonly kernel: number;
    /** The same of as many real pictures of the same things, none of them among the known: what is best possible. */
    readonly frechetOfReal: number;
    readonly kernelOfReal: number;
  };
}

/** Known pictures that distances are taken to. */
const mostKnown = 2000;
/** PSNR from which a picture counts as a copy, in dB. */
const copy = 30;

/** How things are drawn; what is left out is as `textToImage` does it. */
export interface DrawingOptions {
  readonly steps?: number;
  readonly guidance?: number;
  readonly sampler?: string;
  readonly seed: number;
}

/** Pictures of all things, and how they were made. */
export interface Drawing {
  readonly drawn: readonly Drawn[];
  readonly settings: Pick<GenerationFigures, "steps" | "guidance" | "sampler" | "seed" | "secondsPerPicture">;
}

/** Draws things by their prompts, thing i from seed + i. */
export async function* drawThings(
  model: DiffusionModel,
  things: readonly Thing[],
  options: DrawingOptions,
): AsyncGenerator<EvaluationProgress, Drawing> {
  const seconds: number[] = [];
  let before = performance.now();
  const run = textToImage(model, { ...options, prompts: things.map(({ prompt }) => prompt) });
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const { stage, index, step, steps } = next.value;
    const detail = `step ${step} of ${steps}`;
    yield { label: "drawing", done: stage === "drawn" ? index + 1 : index, total: things.length, detail };
    if (stage !== "drawn") continue;
    const now = performance.now();
    seconds.push((now - before) / 1000);
    before = now;
  }
  const { steps, guidance, sampler } = next.value[0]!.settings;
  return {
    drawn: next.value.map(({ picture }, i) => ({ ...things[i]!, image: picture })),
    settings: {
      steps: steps!,
      guidance: guidance!,
      sampler: sampler!,
      seed: options.seed,
      secondsPerPicture: median(seconds),
    },
  };
}

/** Compares drawn pictures with prompts and with known pictures. */
export async function* evaluateDrawn(
  judge: ClipModel,
  labels: Labels,
  { drawn, settings }: Drawing,
  known: readonly Shown[],
): AsyncGenerator<EvaluationProgress, GenerationFigures> {
  const features = yield* embedded(judge, asShown(drawn), "recognising drawn pictures");
  const ranks = drawn.map(({ label }, i) => labels.rank(rowOf(features, i), label));
  const neighbours = yield* compareWithKnown(drawn, known);
  const distances = yield* distancesTo(judge, features, drawn, known, settings.seed);
  return {
    pictures: drawn.length,
    labels: labels.count,
    ...settings,
    top1: topK(ranks, 1),
    top5: topK(ranks, 5),
    ...neighbours,
    ...(distances && { distances }),
  };
}

/** Drawn pictures for who can take any size. */
const asShown = (drawn: readonly Drawn[]): Shown[] =>
  drawn.map(({ image, ...thing }) => ({ ...thing, picture: () => image }));

async function* compareWithKnown(
  drawn: readonly Drawn[],
  known: readonly Shown[],
): AsyncGenerator<EvaluationProgress, Pick<GenerationFigures, "nearest1" | "nearest5" | "nearCopies">> {
  const edge = drawn[0]!.image.width;
  const thumbnails: Uint8Array[] = [];
  for await (const pictures of batches(known, edge)) {
    yield { label: "comparing by pixels", done: thumbnails.length, total: known.length };
    thumbnails.push(...pictures.map(thumbnail));
  }
  yield { label: "comparing by pixels", done: known.length, total: known.length };
  const ranks: number[] = [];
  let copies = 0;
  for (const { label, image } of drawn) {
    const near = nearest(thumbnail(image), thumbnails, 5).map((i) => known[i]!);
    const found = near.findIndex((one) => one.label === label);
    ranks.push(found < 0 ? Number.POSITIVE_INFINITY : found);
    const alike = await Promise.all(near.map(async (one) => psnr(await one.picture(edge), image) >= copy));
    if (alike.includes(true)) copies++;
  }
  return { nearest1: topK(ranks, 1), nearest5: topK(ranks, 5), nearCopies: copies / drawn.length };
}

async function* distancesTo(
  judge: ClipModel,
  features: Features,
  drawn: readonly Drawn[],
  known: readonly Shown[],
  seed: number,
): AsyncGenerator<EvaluationProgress, GenerationFigures["distances"]> {
  const shuffled = choose(known, known.length, seed);
  const examples = new Map(shuffled.map((one) => [one.label, one]));
  const real = drawn.flatMap(({ label }) => examples.get(label) ?? []);
  const kept = new Set(real);
  const others = shuffled.filter((one) => !kept.has(one)).slice(0, mostKnown);
  if (others.length < 2 || real.length < 2) return undefined;
  const edge = drawn[0]!.image.width;
  const reference = standardised(yield* embedded(judge, others, "measuring known pictures", edge));
  const best = standardised(yield* embedded(judge, real, "measuring real pictures", edge));
  const made = standardised(features);
  return {
    known: others.length,
    frechet: frechetDistance(made, reference),
    kernel: kernelDistance(made, reference),
    frechetOfReal: frechetDistance(best, reference),
    kernelOfReal: kernelDistance(best, reference),
  };
}
