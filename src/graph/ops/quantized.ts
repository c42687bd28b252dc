import { defineOp, type Emitter, type PreparedNumbers } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { convolved, onnxWindow, surrounded, type Window } from "./conv.ts";

/** How bytes stand for numbers: x = scale · (byte − zero). */
export interface Affine {
  readonly scale: number;
  readonly zero: number;
}

const made = (): never => {
  throw new Error("weights in bytes are made of weights");
};

/** The step between neighbouring bytes for each row of a weight (out …), whose largest number becomes ±127. */
function rowScales(
  weight: Float32Array,
  out: number,
  scales: PreparedNumbers = new Float32Array(out),
): PreparedNumbers {
  const length = weight.length / out;
  for (let o = 0; o < out; o++) {
    let most = 0;
    for (let i = o * length; i < (o + 1) * length; i++) {
      const size = Math.abs(weight[i]!);
      if (size > most) most = size;
    }
    scales[o] = most > 0 ? most / 127 : 1;
  }
  return scales;
}

/** Added and taken away again, it rounds a number to a whole one, to even where it lies between two. */
const rounder = 1.5 * 2 ** 52;

defineOp("int8Scales", {
  infer: ([weight]) => ({ shape: [weight!.dim(0)], dtype: "f32" }),
  onnx: made,
  packed: true,
  rows: 1,
  prepare: ([weight], [shape], _, into) => {
    rowScales(weight!, shape![0]!, into);
  },
});

defineOp("int8Kernel", {
  infer: ([weight]) => ({ shape: weight!.shape, dtype: "i8" }),
  onnx: made,
  packed: true,
  rows: 1,
  prepare: ([weight], [shape], _, bytes) => {
    const scales = rowScales(weight!, shape![0]!);
    const length = bytes.length / scales.length;
    for (const [o, scale] of scales.entries())
      for (let i = o * length; i < (o + 1) * length; i++) bytes[i] = weight![i]! / scale + rounder - rounder;
  },
});

const tile = 64;

defineOp("int8Columns", {
  infer: ([weight]) => ({ shape: [weight!.dim(1), weight!.dim(0)], dtype: "i8" }),
  onnx: made,
  packed: true,
  // (out in) → (in out), a tile at a time so that both stay in the processor's cache.
  prepare: ([weight], [shape], _, bytes) => {
    const [out, into] = shape as [number, number];
    const scales = rowScales(weight!, out);
    for (let first = 0; first < out; first += tile)
      for (let start = 0; start < into; start += tile)
        for (let o = first; o < Math.min(out, first + tile); o++) {
          const scale = scales[o]!;
          for (let i = start; i < Math.min(into, start + tile); i++)
            bytes[i * out + o] = weight![o * into + i]! / scale + rounder - rounder;
        }
  },
});

defineOp("quantizedLinear", {
  infer: ([x, columns, scales]) => {
    if (x!.shape.at(-1) !== columns!.dim(0) || columns!.dim(1) !== scales!.dim(0))
      throw new ShapeError("quantizedLinear", [x!, columns!, scales!], "x (… in), columns (in out), scales (out)");
    return { shape: [...x!.shape.slice(0, -1), columns!.dim(1)], dtype: x!.dtype };
  },
  // Several layers that see the same x share its bytes.
  onnx: (emit, [x, columns, scales, ...bias]) => {
    const [bytes, scale, zero] = emit.results("DynamicQuantizeLinear", [x!], 3);
    const inputs = [bytes!, columns!, scale!, scales!, zero!, "", ...bias];
    return emit.node("MatMulIntegerToFloat", inputs, {}, "com.microsoft");
  },
});

/** Numbers in whole steps, as products of bytes are added up. */
const wholeSteps = (emit: Emitter, numbers: string, steps: string): string =>
  emit.node("Cast", [emit.node("Round", [emit.node("Div", [numbers, steps])])], { to: 6 });

interface QuantizedWindow extends Window {
  readonly from: Affine;
  readonly to: Affine;
}

defineOp<QuantizedWindow>("quantizedConv2d", {
  infer: ([x, kernel, , bias], window) => convolved([x!, kernel!, ...(bias ? [bias] : [])], window),
  // With channels last, bytes of a pixel lie together: turning bytes costs a quarter of turning numbers.
  onnx: (emit, [x, kernel, scales, bias], _y, { from, to, ...given }) => {
    const affine = ({ scale, zero }: Affine) => [emit.scalar(scale), emit.scalar(zero, "u8")];
    const { source, window } = surrounded(emit, x!, given);
    const bytes = emit.node("QuantizeLinear", [source, ...affine(from)]);
    const last = emit.node("Transpose", [bytes], { perm: [0, 2, 3, 1] });
    const inputs = [last, ...affine(from), kernel!, scales!, emit.scalar(0, "i8"), ...affine(to)];
    if (bias !== undefined) inputs.push(wholeSteps(emit, bias, emit.node("Mul", [scales!, emit.scalar(from.scale)])));
    const convolution = emit.node("QLinearConv", inputs, { ...onnxWindow(window), channels_last: 1 }, "com.microsoft");
    const first = emit.node("Transpose", [convolution], { perm: [0, 3, 1, 2] });
    return emit.node("DequantizeLinear", [first, ...affine(to)]);
  },
});
