import { type Shape, sizeOf } from "../dim.ts";
import type { DType } from "../dtype.ts";
import { defineOp, type TensorType } from "../op.ts";
import { apply, type Tensor } from "../tensor.ts";

/** Values of a constant: one number stands for all elements. */
export interface Constant extends TensorType {
  readonly values: ArrayLike<number>;
}

const given = (_: readonly Tensor[], { shape, dtype }: TensorType): TensorType => ({ shape, dtype });
const named = (_emit: unknown, _inputs: unknown, y: Tensor): string => {
  throw new Error(`${y.op.name} ${y.name ?? ""} is not among the compiled graph's inputs and weights`);
};

defineOp<TensorType>("input", { infer: given, onnx: named });
defineOp<TensorType>("parameter", { infer: given, onnx: named });
defineOp<Constant>("constant", {
  infer: given,
  onnx: (emit, _inputs, _y, { values, shape, dtype }) => emit.constant(values, shape as readonly number[], dtype),
});

/** What a graph is fed. Axes may be symbols, resolved when it runs. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  const x = apply("input", [], { shape, dtype });
  x.name = name;
  return x;
}

export function constant(values: ArrayLike<number>, shape: Shape = [values.length], dtype: DType = "f32"): Tensor {
  if (sizeOf(shape) !== values.length) throw new Error(`${values.length} values do not fill [${shape.join(",")}]`);
  return apply("constant", [], { values, shape, dtype });
}
