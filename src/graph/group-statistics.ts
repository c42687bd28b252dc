import type { Dim } from "./dim.ts";
import { divDims, mulDims } from "./dim.ts";
import { concat } from "./ops/movement.ts";
import { input } from "./ops/source.ts";
import { topological } from "./order.ts";
import { rewrite } from "./rewrite.ts";
import type { Tensor } from "./tensor.ts";

interface Norm {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly groups: number;
  readonly epsilon: number;
}

function normOf({ op, inputs, attributes }: Tensor): Norm | undefined {
  if (op.name !== "groupNorm") return undefined;
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
  return { x, weight, bias, ...(attributes as { groups: number; epsilon: number }) };
}

/** Mean and variance (2 groups) of what each group norm of a graph sees of one picture, by the key of its weight. */
export function groupStatistics(outputs: readonly Tensor[]): Record<string, Tensor> {
  const norms = topological(outputs).flatMap((y) => normOf(y) ?? []);
  return Object.fromEntries(
    norms.map(({ x, weight, groups }) => {
      const [, c, h, w] = x.shape as [Dim, Dim, Dim, Dim];
      const flat = x.reshape([groups, divDims(mulDims(c, h, w), groups)!]);
      const mean = flat.mean([1], true);
      const variance = flat.sub(mean).square().mean([1], true);
      return [weight.name!, concat([mean, variance], 1).transpose([1, 0])];
    }),
  );
}

/** The same outputs with group norms that take their mean and variance (2 groups) as inputs of their weights' keys. */
export const withGroupStatistics = (outputs: readonly Tensor[]): Tensor[] =>
  rewrite(outputs, (y) => {
    const norm = normOf(y);
    if (!norm) return y;
    const { x, weight, bias, groups, epsilon } = norm;
    const c = Number(weight.shape[0]);
    const given = input(weight.name!, "f32", [2, groups]);
    const perChannel = (t: Tensor): Tensor =>
      t
        .reshape([groups, 1])
        .expand([groups, c / groups])
        .reshape([c]);
    const scale = perChannel(given.slice(0, 1, 2).add(epsilon).sqrt().reciprocal()).mul(weight);
    const shift = bias.sub(perChannel(given.slice(0, 0, 1)).mul(scale));
    return x.mul(scale.reshape([1, c, 1, 1])).add(shift.reshape([1, c, 1, 1]));
  });
