import { sumTo } from "../broadcast.ts";
import { addDims, broadcastShapes, type Dim, type Shape, sameShape, sizeOf } from "../dim.ts";
import { defineOp } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, type Tensor } from "../tensor.ts";

defineOp<{ shape: Shape }>("reshape", {
  infer: ([x], { shape }) => {
    if (sizeOf(x!.shape) !== sizeOf(shape)) {
      throw new ShapeError("reshape", [x!], `[${shape.join(",")}] holds a different number of elements`);
    }
    return { shape, dtype: x!.dtype };
  },
  grad: (dy, _y, [x]) => [dy.reshape(x!.shape)],
  onnx: (emit, [x], y) => emit.reshape(x!, y.inputs[0]!.shape, y.shape),
});

defineOp<{ order: readonly number[] }>("transpose", {
  infer: ([x], { order }) => {
    if ([...order].sort((a, b) => a - b).join() !== x!.shape.map((_, i) => i).join()) {
      throw new ShapeError("transpose", [x!], `the order [${order.join(",")}] must name each axis once`);
    }
    return { shape: order.map((a) => x!.shape[a]!), dtype: x!.dtype };
  },
  grad: (dy, _y, _x, { order }) => [dy.transpose(order.map((_, i) => order.indexOf(i)))],
  onnx: (emit, [x], _y, { order }) => emit.node("Transpose", [x!], { perm: order }),
});

defineOp<{ shape: Shape }>("expand", {
  infer: ([x], { shape }) => {
    const fits = broadcastShapes(x!.shape, shape);
    if (!fits || !sameShape(fits, shape))
      throw new ShapeError("expand", [x!], `it must broadcast to [${shape.join(",")}]`);
    return { shape, dtype: x!.dtype };
  },
  grad: (dy, _y, [x]) => [sumTo(dy, x!.shape)],
  onnx: (emit, [x], _y, { shape }) => emit.node("Expand", [x!, emit.shape(shape)]),
});

defineOp<{ axis: number; start: number; end: Dim }>("slice", {
  infer: ([x], { axis, start, end }) => {
    const length = x!.shape[axis];
    if (
      length === undefined ||
      (typeof length === "number" && typeof end === "number" && (end > length || start >= end))
    ) {
      throw new ShapeError("slice", [x!], `axis ${axis} has no range ${start}…${end}`);
    }
    return { shape: x!.shape.map((d, i) => (i === axis ? addDims(end, -start) : d)), dtype: x!.dtype };
  },
  grad: (dy, _y, [x], { axis, start, end }) => {
    const length = x!.shape[axis]!;
    if (typeof length !== "number" || typeof end !== "number") {
      throw new ShapeError("grad of slice", [x!], "the sliced axis must have a fixed length");
    }
    return [dy.pad(x!.shape.map((_, i) => (i === axis ? [start, length - end] : [0, 0])))];
  },
  onnx: (emit, [x], _y, { axis, start, end }) =>
    emit.node("Slice", [x!, emit.ints([start]), emit.shape([end]), emit.ints([axis])]),
});

/** Rows of every (m c) of x (n m c): (n places c). Row m is zeros. */
defineOp<{ places: readonly number[] }>("pick", {
  infer: ([x], { places }) => ({ shape: [x!.shape[0]!, places.length, x!.shape[2]!], dtype: x!.dtype }),
  onnx: (emit, [x], y, { places }) => {
    const zeros = places.includes(Number(y.inputs[0]!.dim(1)));
    const rows = zeros ? emit.node("Pad", [x!, emit.ints([0, 0, 0, 0, 1, 0])]) : x!;
    return emit.node("Gather", [rows, emit.ints(places)], { axis: 1 });
  },
});

type Padding = readonly (readonly [number, number])[];

defineOp<{ padding: Padding }>("pad", {
  infer: ([x], { padding }) => ({
    shape: x!.shape.map((d, i) => addDims(d, padding[i]![0] + padding[i]![1])),
    dtype: x!.dtype,
  }),
  grad: (dy, _y, [x], { padding }) => [
    padding.reduce(
      (g, [before, after], axis) => (before || after ? g.slice(axis, before, addDims(x!.shape[axis]!, before)) : g),
      dy,
    ),
  ],
  onnx: (emit, [x], _y, { padding }) =>
    emit.node("Pad", [x!, emit.ints([...padding.map((p) => p[0]), ...padding.map((p) => p[1])])]),
});

defineOp<{ axis: number }>("concat", {
  infer: (parts, { axis }) => {
    const [first] = parts;
    const fits = parts.every(
      (p) =>
        p.dtype === first!.dtype &&
        p.rank === first!.rank &&
        p.shape.every((d, i) => i === axis || d === first!.shape[i]),
    );
    if (!fits) throw new ShapeError("concat", parts, `all axes but ${axis} must agree`);
    const length = parts.map((p) => p.shape[axis]!).reduce(addDims);
    return { shape: first!.shape.map((d, i) => (i === axis ? length : d)), dtype: first!.dtype };
  },
  grad: (dy, _y, parts, { axis }) => {
    let start = 0;
    return parts.map((p) => {
      const length = p.shape[axis];
      if (typeof length !== "number")
        throw new ShapeError("grad of concat", parts, "the joined axis must have fixed lengths");
      start += length;
      return dy.slice(axis, start - length, start);
    });
  },
  onnx: (emit, parts, _y, { axis }) => emit.node("Concat", parts, { axis }),
});

/** Joins tensors along an axis. */
export const concat = (parts: readonly Tensor[], axis: number): Tensor =>
  parts.length === 1 ? parts[0]! : apply("concat", parts, { axis: axis < 0 ? axis + parts[0]!.rank : axis });

defineOp<{ height: Dim; width: Dim }>("upsampleNearest", {
  infer: ([x], { height, width }) => {
    if (x!.rank !== 4) throw new ShapeError("upsampleNearest", [x!], "x must be (n c h w)");
    return { shape: [x!.shape[0]!, x!.shape[1]!, height, width], dtype: x!.dtype };
  },
  grad: (dy, _y, [x], { height, width }) => {
    const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    if ([h, w, height, width].some((d) => typeof d !== "number")) {
      throw new ShapeError("grad of upsampleNearest", [x!], "height and width must be fixed");
    }
    const [kh, kw] = [Math.ceil(Number(height) / Number(h)), Math.ceil(Number(width) / Number(w))];
    const [up, right] = [Number(h) * kh - Number(height), Number(w) * kw - Number(width)];
    if (up >= kh || right >= kw)
      throw new ShapeError("grad of upsampleNearest", [x!], "only whole factors, or one row less");
    const whole =
      up || right
        ? dy.pad([
            [0, 0],
            [0, 0],
            [0, up],
            [0, right],
          ])
        : dy;
    return [whole.reshape([n, c, h, kh, w, kw]).sum([3, 5])];
  },
  onnx: (emit, [x], y, { height, width }) => {
    const [, , h, w] = y.inputs[0]!.shape as [Dim, Dim, Dim, Dim];
    const rule = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
    return height === addDims(h, h) && width === addDims(w, w)
      ? emit.node("Resize", [x!, "", emit.floats([1, 1, 2, 2])], rule)
      : emit.node("Resize", [x!, "", "", emit.shape(y.shape)], rule);
  },
});

/** Nearest-neighbour enlargement of (n c h w): source row = ⌊row · h / height⌋. */
export const upsampleNearest = (x: Tensor, height: Dim, width: Dim): Tensor =>
  apply("upsampleNearest", [x], { height, width });
