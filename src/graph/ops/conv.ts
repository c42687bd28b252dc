import { addDims, ceilDiv, type Dim, type Shape } from "../dim.ts";
import { defineOp, type Emitter } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, describe, type Tensor } from "../tensor.ts";

/** Rows and columns of zeros: top, left, bottom, right. */
export type Padding = readonly [number, number, number, number];

interface Window {
  readonly stride: number;
  readonly padding: Padding;
}

const windows = (length: Dim, before: number, after: number, kernel: Dim, stride: number): Dim =>
  // ⌊(length + padding − kernel) / stride⌋ + 1
  ceilDiv(addDims(length, before + after - Number(kernel) + 1), stride);

const onnxWindow = ({ stride, padding }: Window) => ({ strides: [stride, stride], pads: padding });

defineOp<Window>("conv2d", {
  infer: ([x, weight, bias], { stride, padding: [top, left, bottom, right] }) => {
    const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    const [out, into, kh, kw] = weight!.shape as [Dim, Dim, Dim, Dim];
    if (x!.rank !== 4 || weight!.rank !== 4 || c !== into || (bias && bias.shape[0] !== out)) {
      throw new ShapeError("conv2d", [x!, weight!], `x (n c h w), weight (out in h w): c must be ${into}`);
    }
    return {
      shape: [n, out, windows(h, top, bottom, kh, stride), windows(w, left, right, kw, stride)],
      dtype: x!.dtype,
    };
  },
  grad: (dy, _y, [x, weight, bias], window) => [
    apply("conv2dInputGrad", [dy, weight!], { ...window, shape: x!.shape }),
    apply("conv2dWeightGrad", [x!, dy], { ...window, shape: weight!.shape }),
    ...(bias ? [dy.sum([0, 2, 3])] : []),
  ],
  onnx: (emit, inputs, _y, window) => emit.node("Conv", inputs, onnxWindow(window)),
});

/** Fixed height and width of the last two axes. */
function plane(x: { readonly shape: Shape }): [number, number] {
  const [h, w] = x.shape.slice(-2);
  if (typeof h !== "number" || typeof w !== "number")
    throw new Error("gradients of conv2d need fixed heights and widths");
  return [h, w];
}

defineOp<Window & { shape: Shape }>("conv2dInputGrad", {
  infer: ([dy], { shape }) => ({ shape, dtype: dy!.dtype }),
  onnx: (emit, [dy, weight], y, { stride, padding, shape }) => {
    const [h, w] = plane({ shape });
    const [oh, ow] = plane(y.inputs[0]!);
    const [kh, kw] = plane(y.inputs[1]!);
    const [top, left, bottom, right] = padding;
    // Rows that no window of the forward pass reached get the transposed convolution's output padding.
    const extra = [h - ((oh - 1) * stride + kh - top - bottom), w - ((ow - 1) * stride + kw - left - right)];
    return emit.node("ConvTranspose", [dy!, weight!], { ...onnxWindow({ stride, padding }), output_padding: extra });
  },
});

/** Columns of x under each kernel position, (c kh kw) rows × (n oh ow): one Gemm with dy gives the weight's gradient. */
function columns(emit: Emitter, x: string, y: Tensor, { stride, padding }: Window): string {
  const [source, dy] = y.inputs as [Tensor, Tensor];
  const [kh, kw] = plane(y);
  const [oh, ow] = plane(dy);
  const [top, left, bottom, right] = padding;
  const channelsFirst = emit.node("Transpose", [x], { perm: [1, 0, 2, 3] });
  const [n, c] = source.shape as [number, number];
  const rows = emit.ints([c, n * oh * ow]);
  if (kh === 1 && kw === 1 && stride === 1 && padding.every((p) => p === 0))
    return emit.node("Reshape", [channelsFirst, rows]);
  const padded = padding.some((p) => p > 0)
    ? emit.node("Pad", [channelsFirst, emit.ints([0, 0, top, left, 0, 0, bottom, right])])
    : channelsFirst;
  const positions = Array.from({ length: kh * kw }, (_, i) => [Math.floor(i / kw), i % kw] as const);
  const slices = positions.map(([i, j]) => {
    const ends = [i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1];
    const part = emit.node("Slice", [
      padded,
      emit.ints([i, j]),
      emit.ints(ends),
      emit.ints([2, 3]),
      emit.ints([stride, stride]),
    ]);
    return emit.node("Reshape", [part, rows]);
  });
  return emit.node("Concat", slices, { axis: 0 });
}

defineOp<Window & { shape: Shape }>("conv2dWeightGrad", {
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  onnx: (emit, [x, dy], y, window) => {
    const [out, into, kh, kw] = y.shape as [number, number, number, number];
    const cols = columns(emit, x!, y, window);
    const dyRows = emit.node("Reshape", [emit.node("Transpose", [dy!], { perm: [1, 0, 2, 3] }), emit.ints([out, -1])]);
    const product = emit.node("Gemm", [cols, dyRows], { transB: 1 });
    const split = emit.node("Reshape", [product, emit.ints([kh, kw, into, out])]);
    return emit.node("Transpose", [split], { perm: [3, 2, 0, 1] });
  },
});

export interface ConvOptions {
  readonly stride?: number;
  /** The same all round, or each side by itself. Default 0. */
  readonly padding?: number | Padding;
}

/** Cross-correlation of x (n c h w) with weight (out in h w), plus bias (out). */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  { stride = 1, padding = 0 }: ConvOptions = {},
): Tensor {
  if (stride < 1) throw new Error(`conv2d of ${describe(x)}: stride is ${stride}, it must be at least 1`);
  const sides: Padding = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
  return apply("conv2d", bias ? [x, weight, bias] : [x, weight], { stride, padding: sides });
}
