import { concat } from "./ops/movement.ts";
import { input } from "./ops/source.ts";
import { rewrite } from "./rewrite.ts";
import type { Tensor } from "./tensor.ts";

/** A group norm whose mean and variance (2 groups) are an input of the graph. */
export interface GivenNorm {
  /** Of that input. */
  readonly name: string;
  /** Number, sum and sum of squares (3 groups) of the values that it sees where it is told to count. */
  readonly sums: Tensor;
}

/**
 * The same outputs with group norms that are told mean and variance, and these norms in the order in which they are
 * reached. They count where `counted`, (1 1 h w), is 1 and not where it is 0.
 */
export function withGivenNorms(
  outputs: readonly Tensor[],
  counted: Tensor,
): { readonly outputs: Tensor[]; readonly norms: GivenNorm[] } {
  const norms: GivenNorm[] = [];
  const changed = rewrite(outputs, (y) => {
    if (y.op.name !== "groupNorm") return y;
    const [x, weight, bias] = y.inputs as [Tensor, Tensor, Tensor];
    const { groups, epsilon } = y.attributes as { groups: number; epsilon: number };
    const c = Number(weight.shape[0]);
    const ofGroups = (t: Tensor): Tensor =>
      t
        .sum([0, 2, 3])
        .reshape([groups, c / groups])
        .sum([1], true);
    const perChannel = (t: Tensor): Tensor =>
      t
        .reshape([groups, 1])
        .expand([groups, c / groups])
        .reshape([c]);

    const seen = x.mul(counted);
    const count = counted
      .sum()
      .mul(c / groups)
      .reshape([1, 1])
      .expand([groups, 1]);
    const sums = concat([count, ofGroups(seen), ofGroups(seen.mul(x))], 1).transpose([1, 0]);
    const name = `moments of ${weight.name}`;
    norms.push({ name, sums });

    const given = input(name, "f32", [2, groups]);
    const scale = perChannel(given.slice(0, 1, 2).add(epsilon).sqrt().reciprocal()).mul(weight);
    const shift = bias.sub(perChannel(given.slice(0, 0, 1)).mul(scale));
    return x.mul(scale.reshape([1, c, 1, 1])).add(shift.reshape([1, c, 1, 1]));
  });
  return { outputs: changed, norms };
}
