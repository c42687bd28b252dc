import { describe, expect, it } from "vitest";
import { nodeHost } from "../host/node.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { choleskySolve } from "./cholesky.ts";
import { type FittedHead, fitHead, type HeadKind } from "./linear-head.ts";

const [count, width] = [60, 4];
const vectors = normal(1, 0, count * width).map((x, i) => 0.1 * x + (i % width));
const planted = [3, -2, 0, 1];
const noise = normal(2, 0, count);
const row = (i: number): Float32Array => vectors.subarray(i * width, (i + 1) * width);
const sum = (weight: ArrayLike<number>, bias: number, i: number): number =>
  row(i).reduce((total, x, k) => total + x * weight[k]!, bias);
/** Around zero. */
const truth = Float32Array.from(noise, (e, i) => 10 * sum(planted, 1, i) + e);

async function fitted(kind: HeadKind, targets: Float32Array): Promise<FittedHead> {
  const parts = Uint8Array.from(targets, (_, i) => i % 5);
  const steps = fitHead(nodeHost(), { kind, vectors: ndarray(vectors, [count, width]), targets, parts });
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}

/** Slope of the penalised loss by weight and bias: zero where it is least. */
function slope({ weight, bias, ridge }: FittedHead, targets: Float32Array, mean: (sum: number) => number): number[] {
  const centre = Array.from({ length: width }, (_, k) => vectors.filter((_x, i) => i % width === k));
  const means = centre.map((values) => values.reduce((a, b) => a + b) / count);
  const variance = vectors.reduce((total, x, i) => total + (x - means[i % width]!) ** 2, 0) / vectors.length;
  const slopes = new Array<number>(width + 1).fill(0);
  for (let i = 0; i < count; i++) {
    const error = mean(sum(weight, bias, i)) - targets[i]!;
    for (let k = 0; k < width; k++) slopes[k]! += error * row(i)[k]!;
    slopes[width]! += error;
  }
  // Penalised are the weights of vectors whose mean variance is 1.
  return slopes.map((x, k) => x + (k < width ? ridge * variance * weight[k]! : 0));
}

describe("fitHead", () => {
  it("is ridge regression for scores", async () => {
    const head = await fitted("score", truth);
    for (const x of slope(head, truth, (value) => value)) expect(x).toBeCloseTo(0, 2);
    expect(head.heldOut.r2).toBeGreaterThan(0.9);
    expect(head.heldOut.rankCorrelation).toBeGreaterThan(0.9);
    expect(head.weight[0]).toBeGreaterThan(20);
    expect(await fitted("score", truth)).toEqual(head);
  });

  it("is logistic regression for probabilities, also of classes that a plane separates", async () => {
    const median = truth.toSorted()[count / 2]!;
    const members = truth.map((y) => Number(y > median));
    const head = await fitted("probability", members);
    for (const x of slope(head, members, (value) => 1 / (1 + Math.exp(-value)))) expect(x).toBeCloseTo(0, 3);
    expect(head.heldOut.auc).toBeGreaterThan(0.9);
    expect(head.heldOut.accuracy).toBeGreaterThan(0.85);
  });

  it("does not praise what it learned by heart", async () => {
    const { heldOut } = await fitted(
      "probability",
      noise.map((x) => Number(x > 0)),
    );
    expect(heldOut.auc).toBeLessThan(0.7);
  });
});

describe("choleskySolve", () => {
  it("solves a definite system and refuses another", () => {
    const x = choleskySolve(Float64Array.of(4, 2, 2, 3), Float64Array.of(10, 9));
    expect([...x].map((value) => +value.toFixed(12))).toEqual([1.5, 2]);
    expect(() => choleskySolve(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow("not positive definite");
  });
});
