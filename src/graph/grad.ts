import { sameShape } from "./dim.ts";
import { isFloat } from "./dtype.ts";
import { topological } from "./order.ts";
import { ShapeError } from "./shape-error.ts";
import { apply, type Tensor } from "./tensor.ts";

/**
 * Reverse-mode derivatives, graph to graph: ∂loss/∂x for each x in `wrt`, zeros where the loss does not depend on it.
 * `loss` must be a scalar, or `seed` (its own gradient) given.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (!seed && loss.rank !== 0) throw new ShapeError("grad", [loss], "the loss must be a scalar");
  const order = topological([loss]);
  const targets = new Set(wrt);
  const reaches = new Set<Tensor>();
  for (const x of order) {
    if (targets.has(x) || (x.op.grad && isFloat(x.dtype) && x.inputs.some((i) => reaches.has(i)))) reaches.add(x);
  }
  const found = new Map<Tensor, Tensor>([[loss, seed ?? filled(1, loss)]]);
  for (const y of order.reverse()) {
    const dy = found.get(y);
    if (!dy || !y.op.grad || !reaches.has(y)) continue;
    y.op.grad(dy, y, y.inputs, y.attributes).forEach((dx, i) => {
      const x = y.inputs[i]!;
      if (!dx || !reaches.has(x)) return;
      if (!sameShape(dx.shape, x.shape))
        throw new ShapeError(`grad of ${y.op.name}`, [dx, x], "a gradient has its input's shape");
      const sum = found.get(x);
      found.set(x, sum ? sum.add(dx) : dx);
    });
  }
  return wrt.map((x) => found.get(x) ?? filled(0, x));
}

function filled(value: number, like: Tensor): Tensor {
  const scalar = apply("constant", [], { values: [value], shape: [], dtype: like.dtype });
  return like.rank === 0 ? scalar : scalar.expand(like.shape);
}
