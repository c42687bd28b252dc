import type { Shape } from "./dim.ts";
import { sameShape } from "./dim.ts";
import type { Tensor } from "./tensor.ts";

/** Sums a gradient over the axes along which `shape` was broadcast to it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return x.sum(axes, true).reshape(shape);
}
