import type { Dim, Shape } from "./dim.ts";
import type { DType } from "./dtype.ts";
import { type Op, opNamed } from "./op.ts";

export type Operand = Tensor | number;

/** Anything that maps one tensor to another: a function, or a module with `forward`. */
export type Layer = ((x: Tensor) => Tensor) | { forward(x: Tensor): Tensor };

/**
 * A symbolic tensor: the result of an op on other tensors, with a type and no data.
 * Methods build graph nodes; nothing is computed before a graph is compiled.
 */
export class Tensor {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Checkpoint key of a parameter, name of an input; for messages. */
  name: string | undefined;

  constructor(op: Op, inputs: readonly Tensor[], attributes: unknown) {
    const { shape, dtype } = op.infer(inputs, attributes);
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.shape = shape;
    this.dtype = dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Length of an axis; negative axes count from the end. */
  dim(axis: number): Dim {
    const d = this.shape.at(axis);
    if (d === undefined) throw new Error(`axis ${axis} of ${describe(this)} does not exist`);
    return d;
  }

  // Elementwise, with numpy broadcasting
  add(y: Operand): Tensor {
    return apply("add", [this, operand(y, this)]);
  }
  sub(y: Operand): Tensor {
    return apply("sub", [this, operand(y, this)]);
  }
  mul(y: Operand): Tensor {
    return apply("mul", [this, operand(y, this)]);
  }
  div(y: Operand): Tensor {
    return apply("div", [this, operand(y, this)]);
  }
  maximum(y: Operand): Tensor {
    return apply("maximum", [this, operand(y, this)]);
  }
  minimum(y: Operand): Tensor {
    return apply("minimum", [this, operand(y, this)]);
  }
  greater(y: Operand): Tensor {
    return apply("greater", [this, operand(y, this)]);
  }
  equal(y: Operand): Tensor {
    return apply("equal", [this, operand(y, this)]);
  }
  neg(): Tensor {
    return apply("neg", [this]);
  }
  abs(): Tensor {
    return apply("abs", [this]);
  }
  sign(): Tensor {
    return apply("sign", [this]);
  }
  exp(): Tensor {
    return apply("exp", [this]);
  }
  log(): Tensor {
    return apply("log", [this]);
  }
  sqrt(): Tensor {
    return apply("sqrt", [this]);
  }
  reciprocal(): Tensor {
    return apply("reciprocal", [this]);
  }
  sin(): Tensor {
    return apply("sin", [this]);
  }
  cos(): Tensor {
    return apply("cos", [this]);
  }
  tanh(): Tensor {
    return apply("tanh", [this]);
  }
  erf(): Tensor {
    return apply("erf", [this]);
  }
  sigmoid(): Tensor {
    return apply("sigmoid", [this]);
  }
  square(): Tensor {
    return this.mul(this);
  }
  /** Clamps to [low, high]; the gradient is zero outside. */
  clip(low: number, high: number): Tensor {
    return apply("clip", [this], { low, high });
  }
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : apply("cast", [this], { dtype });
  }
  /** For a boolean tensor: `yes` where true, `no` elsewhere. */
  where(yes: Operand, no: Operand): Tensor {
    const like = [yes, no].find((t) => t instanceof Tensor) as Tensor | undefined;
    return apply("where", [this, operand(yes, like), operand(no, like)]);
  }
  /** The same values; gradients stop here. */
  detach(): Tensor {
    return apply("detach", [this]);
  }

  // Reductions. `axes` default to all; the reduced axes stay with length 1 when `keep`.
  sum(axes?: readonly number[], keep = false): Tensor {
    return apply("sum", [this], { axes: axesOf(this, axes), keep });
  }
  mean(axes?: readonly number[], keep = false): Tensor {
    return apply("mean", [this], { axes: axesOf(this, axes), keep });
  }
  max(axes?: readonly number[], keep = false): Tensor {
    return apply("max", [this], { axes: axesOf(this, axes), keep });
  }

  // Movement
  reshape(shape: Shape): Tensor {
    return apply("reshape", [this], { shape });
  }
  transpose(order: readonly number[]): Tensor {
    return apply("transpose", [this], { order });
  }
  expand(shape: Shape): Tensor {
    return apply("expand", [this], { shape });
  }
  slice(axis: number, start: number, end: Dim): Tensor {
    return apply("slice", [this], { axis: axis < 0 ? axis + this.rank : axis, start, end });
  }
  /** Zeros before and after, per axis. */
  pad(padding: readonly (readonly [number, number])[]): Tensor {
    return apply("pad", [this], { padding });
  }

  // Linear algebra
  /** Batched matrix product over the last two axes. */
  matmul(y: Tensor): Tensor {
    return apply("matmul", [this, y], { transposeA: false, transposeB: false });
  }
  softmax(): Tensor {
    return apply("softmax", [this]);
  }
  logSoftmax(): Tensor {
    return apply("logSoftmax", [this]);
  }

  /** Runs the tensor through modules and functions, left to right. */
  pipe(...layers: readonly Layer[]): Tensor {
    return layers.reduce<Tensor>((x, layer) => (typeof layer === "function" ? layer(x) : layer.forward(x)), this);
  }
}

/** Builds a node by op name. */
export function apply(name: string, inputs: readonly Tensor[], attributes?: unknown): Tensor {
  return new Tensor(opNamed(name), inputs, attributes);
}

/** A number as a scalar of the other operand's type. */
function operand(y: Operand, like?: Tensor): Tensor {
  if (typeof y !== "number") return y;
  return apply("constant", [], { values: [y], shape: [], dtype: like?.dtype ?? "f32" });
}

function axesOf(x: Tensor, axes?: readonly number[]): readonly number[] {
  if (axes === undefined) return x.shape.map((_, i) => i);
  return axes.map((a) => (a < 0 ? a + x.rank : a)).sort((a, b) => a - b);
}

/** `f32[n,320,64,64]`, with the name where there is one. */
export function describe(x: Tensor): string {
  return `${x.name ? `${x.name} ` : ""}${x.dtype}[${x.shape.join(",")}]`;
}
