import { addDims, ceilDiv, type Dim, divDims, type Shape } from "../dim.ts";
import { defineOp, type Emitter, type OnnxAttribute, type TensorType } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, describe, type Tensor } from "../tensor.ts";

/** Rows and columns of zeros: top, left, bottom, right. */
export type Padding = readonly [number, number, number, number];

export interface Window {
  readonly stride: number;
  readonly padding: Padding;
  /** Padded with the opposite edge instead of zeros. */
  readonly wrap?: boolean;
}

/** ⌊(length + padding − kernel) / stride⌋ + 1, where a length that the stride divides stays a product. */
function windows(length: Dim, before: number, after: number, kernel: Dim, stride: number): Dim {
  const more = before + after - Number(kernel);
  const whole = divDims(length, stride);
  return whole === undefined
    ? ceilDiv(addDims(length, more + 1), stride)
    : addDims(whole, Math.floor(more / stride) + 1);
}

export const onnxWindow = ({ stride, padding }: Window) => ({ strides: [stride, stride], pads: padding });

/**
 * A Conv node. ONNX Runtime 1.30's WebGPU kernel reads three channels at a time where it cannot read four, and is wrong
 * then from the second three on: there, channels are filled up with zeros to a multiple of four.
 */
function convolve(
  emit: Emitter,
  x: string,
  weight: string,
  bias: readonly string[],
  { into, out }: { readonly into: number; readonly out: number },
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  const byThrees = emit.target === "webgpu" && into > 3 && into % 3 === 0 && into % 4 !== 0 && out % 4 === 0;
  const filled = (value: string) => emit.node("Pad", [value, emit.ints([0, 0, 0, 0, 0, 4 - (into % 4), 0, 0])]);
  return emit.node("Conv", byThrees ? [filled(x), filled(weight), ...bias] : [x, weight, ...bias], attributes);
}

/** Type of a convolution of x (n c h w) with a kernel (out c h w) and a bias (out). */
export function convolved([x, weight, bias]: readonly Tensor[], { stride, padding }: Window): TensorType {
  const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
  const [out, into, kh, kw] = weight!.shape as [Dim, Dim, Dim, Dim];
  const [top, left, bottom, right] = padding;
  if (x!.rank !== 4 || weight!.rank !== 4 || c !== into || (bias && bias.shape[0] !== out)) {
    throw new ShapeError("conv2d", [x!, weight!], `x (n c h w), weight (out in h w): c must be ${into}`);
  }
  return { shape: [n, out, windows(h, top, bottom, kh, stride), windows(w, left, right, kw, stride)], dtype: x!.dtype };
}

/** What a convolution slides over: where edges meet, the picture with a rim of what lies beyond them. */
export function surrounded(
  emit: Emitter,
  x: string,
  window: Window,
): { readonly source: string; readonly window: Window } {
  const [top, left, bottom, right] = window.padding;
  if (!window.wrap || top + left + bottom + right === 0) return { source: x, window };
  const source = ring(emit, ring(emit, x, 2, top, bottom), 3, left, right);
  return { source, window: { ...window, padding: [0, 0, 0, 0] } };
}

/** The end of an axis before its beginning, and the beginning behind its end. Not every device's Pad can wrap. */
function ring(emit: Emitter, x: string, axis: number, before: number, after: number): string {
  const part = (start: number, end: number): string =>
    emit.node("Slice", [x, emit.ints([start]), emit.ints([end]), emit.ints([axis])]);
  const last = 2 ** 31 - 1;
  const parts = [...(before > 0 ? [part(-before, last)] : []), x, ...(after > 0 ? [part(0, after)] : [])];
  return parts.length === 1 ? x : emit.node("Concat", parts, { axis });
}

defineOp<Window>("conv2d", {
  infer: convolved,
  grad: (dy, y, [x, weight, bias], window) => {
    if (window.wrap) throw new ShapeError("grad of conv2d", [y], "padding must be zeros");
    return [
      apply("conv2dInputGrad", [dy, weight!], { ...window, shape: x!.shape }),
      apply("conv2dWeightGrad", [x!, dy], { ...window, shape: weight!.shape }),
      ...(bias ? [dy.sum([0, 2, 3])] : []),
    ];
  },
  onnx: (emit, [x, weight, ...bias], y, window) => {
    const [out, into] = y.inputs[1]!.shape as [number, number];
    const { source, window: inner } = surrounded(emit, x!, window);
    return convolve(emit, source, weight!, bias, { into, out }, onnxWindow(inner));
  },
});

/** Fixed height and width of the last two axes. */
function plane(x: { readonly shape: Shape }): [number, number] {
  const [h, w] = x.shape.slice(-2);
  if (typeof h !== "number" || typeof w !== "number")
    throw new Error("gradients of conv2d need fixed heights and widths");
  return [h, w];
}

/** Kernel turned by 180° with its channels exchanged: convolving dy with it undoes where pixels went. */
function turned(emit: Emitter, weight: string): string {
  const last = -(2 ** 31);
  const flipped = emit.node("Slice", [
    weight,
    emit.ints([-1, -1]),
    emit.ints([last, last]),
    emit.ints([2, 3]),
    emit.ints([-1, -1]),
  ]);
  return emit.node("Transpose", [flipped], { perm: [1, 0, 2, 3] });
}

/** Gradients by windows that move by several pixels are rewritten before: see `unstrided`. */
function movesByOne({ op }: Tensor, { stride }: Window): void {
  if (stride !== 1) throw new Error(`${op.name}: a stride of ${stride} must be taken apart before`);
}

defineOp<Window & { shape: Shape }>("conv2dInputGrad", {
  infer: ([dy], { shape }) => ({ shape, dtype: dy!.dtype }),
  onnx: (emit, [dy, weight], y, window) => {
    movesByOne(y, window);
    const [h, w] = plane(y);
    const [kh, kw] = plane(y.inputs[1]!);
    const [top, left] = window.padding;
    const [oh, ow] = plane(y.inputs[0]!);
    // A row of x gets what dy's rows within the kernel's reach send back: pads follow from the lengths.
    const before = [kh - 1 - top, kw - 1 - left] as const;
    const after = [h - oh + kh - 1 - before[0], w - ow + kw - 1 - before[1]] as const;
    const [into, out] = y.inputs[1]!.shape as [number, number];
    return convolve(emit, dy!, turned(emit, weight!), [], { into, out }, { pads: [...before, ...after] });
  },
});

/** (n c h w) → (c n h w), with zeros around each plane. */
function channelsFirst(emit: Emitter, x: string, [top, left, bottom, right]: Padding): string {
  const turnedAround = emit.node("Transpose", [x], { perm: [1, 0, 2, 3] });
  if (top + left + bottom + right === 0) return turnedAround;
  return emit.node("Pad", [turnedAround, emit.ints([0, 0, top, left, 0, 0, bottom, right])]);
}

/** What both forms of a kernel's gradient are made from, all lengths fixed. */
function lengths(y: Tensor, { padding: [top, left, bottom, right] }: Window) {
  const [source, target] = y.inputs as [Tensor, Tensor];
  const [out, into, kh, kw] = y.shape as [number, number, number, number];
  const [h, w] = plane(source);
  const [oh, ow] = plane(target);
  const positions = Array.from({ length: kh * kw }, (_, i) => [Math.floor(i / kw), i % kw] as const);
  const images = Number(source.dim(0));
  return { out, into, kh, kw, oh, ow, ph: h + top + bottom, pw: w + left + right, images, positions };
}
type Lengths = ReturnType<typeof lengths>;

/**
 * All planes lie padded in one long row, where a kernel position is one shift of the whole row: a plain copy. One product
 * for each position: (kh·kw out into).
 */
function shiftedProducts(emit: Emitter, padded: string, dy: string, at: Lengths): string {
  const { out, into, kh, kw, oh, ow, ph, pw, images, positions } = at;
  const row = images * ph * pw;
  const length = row - (kh - 1) * pw - (kw - 1);
  const shifted = (value: string, by: number) =>
    kh * kw === 1 ? value : emit.node("Slice", [value, emit.ints([by]), emit.ints([by + length]), emit.ints([1])]);
  const xRow = emit.node("Reshape", [padded, emit.ints([into, row])]);
  const dyRow = emit.node("Reshape", [channelsFirst(emit, dy, [0, 0, ph - oh, pw - ow]), emit.ints([out, row])]);
  const dyPart = shifted(dyRow, 0);
  const products = positions.map(([i, j]) => emit.node("Gemm", [dyPart, shifted(xRow, i * pw + j)], { transB: 1 }));
  return emit.node("Concat", products, { axis: 0 });
}

/** The pixels under every kernel position are gathered for one product: (out kh·kw·into). */
function gatheredProduct(emit: Emitter, padded: string, dy: string, at: Lengths): string {
  const { out, into, oh, ow, images, positions } = at;
  const dyRow = emit.node("Reshape", [channelsFirst(emit, dy, [0, 0, 0, 0]), emit.ints([out, -1])]);
  const parts = positions.map(([i, j]) => {
    return emit.node("Slice", [padded, emit.ints([i, j]), emit.ints([i + oh, j + ow]), emit.ints([2, 3])]);
  });
  const columns = emit.node("Reshape", [
    emit.node("Concat", parts, { axis: 0 }),
    emit.ints([positions.length * into, images * oh * ow]),
  ]);
  return emit.node("Gemm", [dyRow, columns], { transB: 1 });
}

defineOp<Window & { shape: Shape }>("conv2dWeightGrad", {
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  onnx: (emit, [x, dy], y, window) => {
    movesByOne(y, window);
    const at = lengths(y, window);
    const { out, into, kh, kw, oh, ow, ph, pw } = at;
    const padded = channelsFirst(emit, x!, window.padding);
    // Shifting costs no gathering, but padding may double the work, and few channels make thin products.
    const shifts = ph * pw < 2 * oh * ow && into >= 16;
    // Moving a single axis is a kernel of its own in ONNX Runtime, many times as fast as the transpose of all four.
    const moved = (product: string, shape: readonly number[], perm: readonly number[]): string =>
      emit.node("Transpose", [emit.node("Reshape", [product, emit.ints(shape)])], { perm });
    const gradient = shifts
      ? moved(shiftedProducts(emit, padded, dy!, at), [kh * kw, out, into], [1, 2, 0])
      : moved(gatheredProduct(emit, padded, dy!, at), [out, kh * kw, into], [0, 2, 1]);
    return emit.node("Reshape", [gradient, emit.ints([out, into, kh, kw])]);
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
