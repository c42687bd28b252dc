import { matmulTransposed } from "./ops/linalg.ts";
import { standardised } from "./ops/norm.ts";
import { topological } from "./order.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

/**
 * The same outputs in a form whose gradients pass over large tensors less often: the gain and bias of a layer norm that only
 * linear layers see join these layers' weights and biases, and slices of a linear layer's results become layers of slices of
 * its weight. What is combined anew with each run is as small as weights are.
 */
export function trainable(outputs: readonly Tensor[]): Tensor[] {
  const users = new Map<Tensor, Tensor[]>(outputs.map((x) => [x, [x]]));
  for (const y of topological(outputs)) for (const x of y.inputs) users.set(x, [...(users.get(x) ?? []), y]);
  const onlySeenBy = (x: Tensor, sees: (user: Tensor) => boolean): boolean =>
    users.get(x)!.every((y) => y !== x && sees(y));
  const joins = (x: Tensor): boolean =>
    x.op.name === "layerNorm" && onlySeenBy(x, (y) => y.op.name === "linear" && y.inputs[0] === x);
  const parts = (x: Tensor): boolean => x.op.name === "linear" && onlySeenBy(x, slicesResults);

  const normal = new Map<Tensor, Tensor>();
  return rewrite(outputs, (y, before) => {
    const [x] = y.inputs;
    if (y.op.name === "linear" && joins(before.inputs[0]!)) {
      const known = normal.get(x!) ?? standardised(x!.inputs[0]!, (x!.attributes as { epsilon: number }).epsilon);
      normal.set(x!, known);
      return apply("linear", [known, ...joined(x!, y)]);
    }
    if (y.op.name !== "slice" || !parts(before.inputs[0]!)) return y;
    const { start, end } = y.attributes as Slice;
    const [seen, ...weights] = x!.inputs;
    return apply("linear", [seen!, ...weights.map((weight) => weight.slice(0, start, end))]);
  });
}

interface Slice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

const slicesResults = ({ op, rank, attributes }: Tensor): boolean =>
  op.name === "slice" && (attributes as Slice).axis === rank - 1 && typeof (attributes as Slice).end === "number";

/** Weight and bias of a linear layer with the gain and bias of the norm before it. */
function joined(norm: Tensor, { inputs: [, weight, bias] }: Tensor): [weight: Tensor, bias: Tensor] {
  const [, gain, shift] = norm.inputs as [Tensor, Tensor, Tensor];
  const shifted = matmulTransposed(shift.reshape([1, shift.dim(0)]), weight!).reshape([weight!.dim(0)]);
  return [weight!.mul(gain), bias ? shifted.add(bias) : shifted];
}
