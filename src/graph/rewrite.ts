import { topological } from "./order.ts";
import { Tensor } from "./tensor.ts";

/**
 * A graph with each tensor replaced by what `rule` makes of it once the tensors that it rests on are replaced; the rule is
 * told the tensor `before` that, too.
 */
export function rewrite(outputs: readonly Tensor[], rule: (x: Tensor, before: Tensor) => Tensor): Tensor[] {
  const now = new Map<Tensor, Tensor>();
  for (const x of topological(outputs)) {
    const inputs = x.inputs.map((i) => now.get(i)!);
    const same = inputs.every((i, k) => i === x.inputs[k]);
    now.set(x, rule(same ? x : copy(x, inputs), x));
  }
  return outputs.map((x) => now.get(x)!);
}

/** The same op on other tensors. */
export function copy(x: Tensor, inputs: readonly Tensor[], attributes: unknown = x.attributes): Tensor {
  const y = new Tensor(x.op, inputs, attributes);
  y.name = x.name;
  return y;
}
