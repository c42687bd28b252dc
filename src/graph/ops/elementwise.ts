import { sumTo } from "../broadcast.ts";
import { broadcastShapes } from "../dim.ts";
import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import type { Tensor } from "../tensor.ts";

type Grad1 = (dy: Tensor, y: Tensor, x: Tensor) => Tensor;
type Grad2 = (dy: Tensor, y: Tensor, a: Tensor, b: Tensor) => readonly [Tensor, Tensor];

function unary(name: string, onnx: Op<void>["onnx"], grad?: Grad1): void {
  defineOp(name, {
    infer: ([x]) => x!,
    ...(grad && { grad: (dy, y, [x]) => [grad(dy, y, x!)] }),
    onnx,
  });
}

function binary(name: string, onnx: string, grad?: Grad2, dtype?: DType): void {
  defineOp(name, {
    infer: ([a, b]) => {
      const shape = broadcastShapes(a!.shape, b!.shape);
      if (!shape) throw new ShapeError(name, [a!, b!], "the shapes must be equal or 1, axis by axis from the right");
      if (a!.dtype !== b!.dtype) throw new ShapeError(name, [a!, b!], "both need the same element type");
      return { shape, dtype: dtype ?? a!.dtype };
    },
    ...(grad && {
      grad: (dy, y, [a, b]) => {
        const [da, db] = grad(dy, y, a!, b!);
        return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
      },
    }),
    onnx,
  });
}

binary("add", "Add", (dy) => [dy, dy]);
binary("sub", "Sub", (dy) => [dy, dy.neg()]);
binary("mul", "Mul", (dy, _y, a, b) => [dy.mul(b), dy.mul(a)]);
binary("div", "Div", (dy, y, _a, b) => [dy.div(b), dy.mul(y).div(b).neg()]);
binary("maximum", "Max", (dy, _y, a, b) => [a.greater(b).where(dy, 0), a.greater(b).where(0, dy)]);
binary("minimum", "Min", (dy, _y, a, b) => [a.greater(b).where(0, dy), a.greater(b).where(dy, 0)]);
binary("greater", "Greater", undefined, "bool");
binary("equal", "Equal", undefined, "bool");

unary("neg", "Neg", (dy) => dy.neg());
unary("abs", "Abs", (dy, _y, x) => dy.mul(x.sign()));
unary("sign", "Sign");
unary("exp", "Exp", (dy, y) => dy.mul(y));
unary("log", "Log", (dy, _y, x) => dy.div(x));
unary("sqrt", "Sqrt", (dy, y) => dy.mul(0.5).div(y));
unary("reciprocal", "Reciprocal", (dy, y) => dy.mul(y.square()).neg());
unary("sin", "Sin", (dy, _y, x) => dy.mul(x.cos()));
unary("cos", "Cos", (dy, _y, x) => dy.mul(x.sin()).neg());
unary("tanh", "Tanh", (dy, y) => dy.sub(dy.mul(y.square())));
unary("erf", "Erf", (dy, _y, x) => dy.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)));
unary("sigmoid", "Sigmoid", (dy, y) => dy.mul(y.sub(y.square())));
unary("detach", (_emit, [x]) => x!);

defineOp<{ low: number; high: number }>("clip", {
  infer: ([x]) => x!,
  grad: (dy, y, [x]) => [y.equal(x!).where(dy, 0)],
  onnx: (emit, [x], _y, { low, high }) => emit.node("Clip", [x!, emit.scalar(low), emit.scalar(high)]),
});

const onnxType: Partial<Record<DType, number>> = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9, f16: 10 };

defineOp<{ dtype: DType }>("cast", {
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  grad: (dy, _y, [x]) => [x!.dtype === "f32" || x!.dtype === "f16" ? dy.cast(x!.dtype) : undefined],
  onnx: (emit, [x], _y, { dtype }) => emit.node("Cast", [x!], { to: onnxType[dtype]! }),
});

defineOp("where", {
  infer: ([c, yes, no]) => {
    const branches = broadcastShapes(yes!.shape, no!.shape);
    const shape = branches && broadcastShapes(c!.shape, branches);
    if (!shape || c!.dtype !== "bool" || yes!.dtype !== no!.dtype) {
      throw new ShapeError("where", [c!, yes!, no!], "a bool condition and two branches of one type and shape");
    }
    return { shape, dtype: yes!.dtype };
  },
  grad: (dy, _y, [c, yes, no]) => [undefined, sumTo(c!.where(dy, 0), yes!.shape), sumTo(c!.where(0, dy), no!.shape)],
  onnx: "Where",
});
