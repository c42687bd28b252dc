import { expect } from "vitest";
import { grad, type Tensor } from "../../src/graph/index.ts";
import type { NdArray } from "../../src/runtime/ndarray.ts";
import type { Weights } from "../../src/weights/weights.ts";
import { expectClose, type Golden, type Tensors, tensor } from "./golden.ts";
import { run } from "./run.ts";

export interface GradientCase {
  /** Gradients that are zero but for rounding: a bias that a softmax does not see. */
  readonly zero_gradient_tensors: readonly string[];
}

/**
 * Computes a loss and its gradients with respect to all parameters, and to `inputs` by the reference's names, and
 * compares them with the reference: to 10⁻³ of each tensor's largest element.
 */
export async function expectGradients(
  reference: Golden<GradientCase>,
  loss: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  feeds: Readonly<Record<string, NdArray>>,
  weights: Weights,
  inputs: Readonly<Record<string, Tensor>> = {},
): Promise<void> {
  const wanted = new Map(Object.entries(inputs));
  for (const [key, parameter] of parameters) wanted.set(`grad.${key}`, parameter);
  expect([...wanted.keys()].filter((name) => name.startsWith("grad.")).sort()).toEqual(gradients(reference.expected));
  const names = [...wanted.keys()];
  const computed = grad(loss, [...wanted.values()]);
  const outputs = Object.fromEntries(names.map((name, i) => [name, computed[i]!]));
  const { loss: value, ...found } = await run({ loss, ...outputs }, feeds, weights);
  expectClose(value!, tensor(reference.expected, "loss"), { atol: 1e-5 });
  for (const name of names) {
    const isZero = reference.case.zero_gradient_tensors.includes(name);
    expectClose(found[name]!, tensor(reference.expected, name), isZero ? { atol: 1e-6 } : { ofMax: 1e-3 });
  }
}

const gradients = (expected: Tensors): string[] => [...expected.keys()].filter((k) => k.startsWith("grad.")).sort();
