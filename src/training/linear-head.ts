import { auc, rankCorrelation } from "../evaluation/scores.ts";
import { input } from "../graph/index.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import type { Host } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { choleskySolve } from "./cholesky.ts";

/** What a linear head gives: the weighted sum itself, or its logistic function. */
export type HeadKind = "score" | "probability";

/** Vectors and what is known of them. */
export interface HeadExamples {
  readonly kind: HeadKind;
  /** (n d) */
  readonly vectors: NdArray<"f32">;
  /** n scores; of probabilities 1 for members and 0 for others. */
  readonly targets: Float32Array;
  /** Part of each, from 0: those of a part are judged by a head that saw none of them. */
  readonly parts: Uint8Array;
}

/** How well heads judge what they were not fitted to. */
export interface HeadFigures {
  /** Share of the scores' variance that is explained, mean error, and rank correlation. */
  readonly r2?: number;
  readonly meanError?: number;
  readonly rankCorrelation?: number;
  /** Area under the ROC curve, and the share on the right side of ½. */
  readonly auc?: number;
  readonly accuracy?: number;
}

export interface FittedHead {
  /** For the vectors as they are: d numbers. */
  readonly weight: Float32Array;
  readonly bias: number;
  /** The penalty that judged best. */
  readonly ridge: number;
  readonly heldOut: HeadFigures;
}

/** Heads that are fitted, for a display. */
export interface HeadProgress {
  readonly done: number;
  readonly total: number;
}

/** Penalties on squared weights, for vectors whose mean variance is 1. Each starts where the one before ended. */
const ridges = [1000, 100, 10, 1, 0.1];
const mostSteps = 30;
/** Change of the weights below which nothing more is gained in single precision. */
const settled = 1e-5;

/**
 * Fits a linear head: ridge regression, or logistic regression with the same penalty, by Newton's method (Hastie et al. 2009,
 * sections 3.4.1 and 4.4.1). Each penalty is tried without each part in turn; the one whose heads judge the parts left
 * out best is taken for all examples together. The same examples give the same head.
 */
export async function* fitHead(host: Host, examples: HeadExamples): AsyncGenerator<HeadProgress, FittedHead> {
  const { kind, targets, parts } = examples;
  const { z, mean, scale } = standardised(examples.vectors);
  const compiled = await compile({ host, outputs: newtonGraph(kind, z.shape as [number, number]) });
  const solve = (ridge: number, kept: Float32Array, start: Float64Array): Promise<Fit> =>
    newton(compiled, { z, targets, kept, ridge, start });
  const count = Math.max(...parts) + 1;
  const total = ridges.length * count + 1;
  let done = 0;
  try {
    const width = z.shape[1]!;
    const starts: Float64Array[] = Array.from({ length: count }, () => new Float64Array(width));
    let best: { ridge: number; loss: number; judged: Float32Array } | undefined;
    for (const ridge of ridges) {
      const judged = new Float32Array(targets.length);
      for (let part = 0; part < count; part++, done++) {
        yield { done, total };
        const { weights, sums } = await solve(ridge, mask(parts, part), starts[part]!);
        starts[part] = weights;
        for (const [i, of] of parts.entries()) if (of === part) judged[i] = sums[i]!;
      }
      const loss = meanLoss(kind, judged, targets);
      if (!best || loss < best.loss) best = { ridge, loss, judged };
    }
    const { ridge, judged } = best!;
    const { weights } = await solve(ridge, mask(parts, -1), new Float64Array(width));
    yield { done: total, total };
    const weight = Float32Array.from(mean, (_, i) => weights[i]! / scale);
    const bias = weights[width - 1]! - mean.reduce((sum, m, i) => sum + (m * weights[i]!) / scale, 0);
    return { weight, bias, ridge, heldOut: figures(kind, judged, targets) };
  } finally {
    await compiled.close();
  }
}

/** 0 where the part is the one given, 1 elsewhere. */
const mask = (parts: Uint8Array, part: number): Float32Array => Float32Array.from(parts, (of) => Number(of !== part));

/** Vectors around their mean, of mean variance 1, with a column of ones for the bias, (n d+1). */
function standardised({ data, shape }: NdArray<"f32">) {
  const [n, d] = shape as [number, number];
  const mean = new Float64Array(d);
  for (let i = 0; i < data.length; i++) mean[i % d]! += data[i]! / n;
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += (data[i]! - mean[i % d]!) ** 2;
  const scale = Math.sqrt(squares / data.length) || 1;
  const z = new Float32Array(n * (d + 1));
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < d; i++) z[row * (d + 1) + i] = (data[row * d + i]! - mean[i]!) / scale;
    z[row * (d + 1) + d] = 1;
  }
  return { z: ndarray(z, [n, d + 1]), mean, scale };
}

/** Sums z w, and of the log likelihood of those kept the slope zᵀ(y − μ) and minus the curvature zᵀ μ' z. */
function newtonGraph(kind: HeadKind, [n, width]: readonly [number, number]) {
  const z = input("z", "f32", [n, width]);
  const [y, kept] = [input("y", "f32", [n, 1]), input("kept", "f32", [n, 1])];
  const sums = z.matmul(input("w", "f32", [width, 1]));
  const mean = kind === "score" ? sums : sums.sigmoid();
  const derivative = kind === "score" ? kept : kept.mul(mean.mul(mean.neg().add(1)));
  const across = z.transpose([1, 0]);
  return { sums, slope: across.matmul(kept.mul(y.sub(mean))), curvature: across.matmul(z.mul(derivative)) };
}

interface Problem {
  readonly z: NdArray<"f32">;
  readonly targets: Float32Array;
  /** 1 for those that are fitted to, 0 for others. */
  readonly kept: Float32Array;
  readonly ridge: number;
  readonly start: Float64Array;
}

interface Fit {
  readonly weights: Float64Array;
  /** z w of all examples. */
  readonly sums: Float32Array;
}

async function newton(compiled: Compiled, { z, targets, kept, ridge, start }: Problem): Promise<Fit> {
  const [n, width] = z.shape as [number, number];
  const shared = { z, y: ndarray(targets, [n, 1]), kept: ndarray(kept, [n, 1]) };
  let weights = start;
  for (let step = 0; ; step++) {
    const w = ndarray(Float32Array.from(weights), [width, 1]);
    const { sums, slope, curvature } = (await compiled.run({ ...shared, w })) as Record<string, NdArray<"f32">>;
    const matrix = Float64Array.from(curvature!.data);
    const right = Float64Array.from(slope!.data);
    // The bias is not held back; a little keeps the matrix definite where all are on one side.
    for (let i = 0; i < width; i++) {
      const penalty = i < width - 1 ? ridge : 1e-6;
      matrix[i * width + i]! += penalty;
      right[i]! -= penalty * weights[i]!;
    }
    const change = choleskySolve(matrix, right);
    if (step === mostSteps || change.every((x) => Math.abs(x) < settled)) return { weights, sums: sums!.data };
    weights = weights.map((x, i) => x + change[i]!);
  }
}

/** Squared error, or minus the log likelihood, of one example on average. */
function meanLoss(kind: HeadKind, sums: Float32Array, targets: Float32Array): number {
  const loss = (sum: number, target: number): number =>
    kind === "score" ? (sum - target) ** 2 : Math.max(sum, 0) + Math.log1p(Math.exp(-Math.abs(sum))) - target * sum;
  return sums.reduce((total, sum, i) => total + loss(sum, targets[i]!), 0) / sums.length;
}

function figures(kind: HeadKind, sums: Float32Array, targets: Float32Array): HeadFigures {
  const n = targets.length;
  if (kind === "probability") {
    const right = sums.reduce((count, sum, i) => count + Number(sum > 0 === targets[i]! > 0), 0);
    return { auc: auc(sums, targets), accuracy: right / n };
  }
  const mean = targets.reduce((sum, y) => sum + y, 0) / n;
  const variance = targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / n;
  const meanError = sums.reduce((total, sum, i) => total + Math.abs(sum - targets[i]!), 0) / n;
  return {
    r2: 1 - meanLoss(kind, sums, targets) / variance,
    meanError,
    rankCorrelation: rankCorrelation(sums, targets),
  };
}
