import { type Dim, mulDims, type Shape } from "../dim.ts";
import { defineOp, type Emitter, type Op } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, type Tensor } from "../tensor.ts";

interface Reduction {
  readonly axes: readonly number[];
  readonly keep: boolean;
}

const kept = (shape: Shape, axes: readonly number[]): Dim[] => shape.map((d, i) => (axes.includes(i) ? 1 : d));
const reduced = (shape: Shape, { axes, keep }: Reduction): Shape =>
  keep ? kept(shape, axes) : shape.filter((_, i) => !axes.includes(i));

function reduction(
  name: string,
  onnx: Exclude<Op<Reduction>["onnx"], string>,
  grad: (dy: Tensor, y: Tensor, x: Tensor, axes: readonly number[]) => Tensor,
) {
  defineOp<Reduction>(name, {
    infer: ([x], attributes) => ({ shape: reduced(x!.shape, attributes), dtype: x!.dtype }),
    grad: (dy, y, [x], { axes }) => {
      const shape = kept(x!.shape, axes);
      return [grad(dy.reshape(shape), y.reshape(shape), x!, axes)];
    },
    onnx,
  });
}

const reduce =
  (type: string): Exclude<Op<Reduction>["onnx"], string> =>
  (emit, [x], _y, { axes, keep }) =>
    emit.node(type, [x!, emit.ints(axes)], { keepdims: keep ? 1 : 0 });

/** Sums over the first axes, by a product with ones: ONNX Runtime's ReduceSum takes twice as long. */
function columnSums(
  emit: Emitter,
  x: string,
  { inputs: [from], shape }: Tensor,
  axes: readonly number[],
): string | undefined {
  const rows = mulDims(...axes.map((a) => from!.shape[a]!));
  const columns = mulDims(...from!.shape.slice(axes.length));
  const first = axes.length < from!.rank && axes.every((a, i) => a === i);
  if (emit.target !== "cpu" || !first || typeof rows !== "number" || typeof columns !== "number") return undefined;
  const ones = emit.constant(new Float32Array(rows).fill(1), [1, rows], "f32");
  const table = emit.node("Reshape", [x, emit.ints([rows, columns])]);
  return emit.node("Reshape", [emit.node("MatMul", [ones, table]), emit.shape(shape)]);
}

reduction(
  "sum",
  (emit, inputs, y, given) =>
    columnSums(emit, inputs[0]!, y, given.axes) ?? reduce("ReduceSum")(emit, inputs, y, given),
  (dy, _y, x) => dy.expand(x.shape),
);
reduction("max", reduce("ReduceMax"), (dy, y, x) => x.equal(y).where(dy, 0));
reduction("mean", reduce("ReduceMean"), (dy, _y, x, axes) => {
  const count = axes.reduce<Dim>((n, a) => mulDims(n, x.shape[a]!), 1);
  if (typeof count === "string") throw new ShapeError("grad of mean", [x], "the reduced axes must have fixed lengths");
  return dy.mul(1 / count).expand(x.shape);
});

defineOp<{ axis: number }>("argMax", {
  infer: ([x], { axis }) => ({ shape: x!.shape.filter((_, i) => i !== axis), dtype: "i64" }),
  onnx: (emit, [x], _y, { axis }) => emit.node("ArgMax", [x!], { axis, keepdims: 0 }),
});

/** Position of the first largest entry along an axis, as i64; not differentiable. */
export const argMax = (x: Tensor, axis: number): Tensor =>
  apply("argMax", [x], { axis: axis < 0 ? axis + x.rank : axis });

defineOp("softmax", {
  infer: ([x]) => x!,
  grad: (dy, y) => [y.mul(dy.sub(dy.mul(y).sum([-1], true)))],
  onnx: (emit, [x]) => emit.node("Softmax", [x!], { axis: -1 }),
});

defineOp("logSoftmax", {
  infer: ([x]) => x!,
  grad: (dy, y) => [dy.sub(y.exp().mul(dy.sum([-1], true)))],
  onnx: (emit, [x]) => emit.node("LogSoftmax", [x!], { axis: -1 }),
});
