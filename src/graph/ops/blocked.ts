import { addDims, type Dim } from "../dim.ts";
import { defineOp, type PreparedNumbers } from "../op.ts";
import { convolved, onnxWindow, surrounded, type Window } from "./conv.ts";

const domain = "com.microsoft.nchwc";

interface Block {
  /** Channels that lie together: as many as a register of the processor holds. */
  readonly block: number;
}

/** A multiple of what any processor takes at a time. */
const mostChannels = 64;

/** (out in h w) → (out/b in/b h w b b), the channels that come out last: ONNX Runtime's MlasReorderFilterOIHWBiBo. */
function arrange(weight: Float32Array, shape: readonly number[], block: number, blocked: PreparedNumbers): void {
  const [out, into, h, w] = shape as [number, number, number, number];
  const pixels = h * w;
  let at = 0;
  for (let o = 0; o < out; o += block)
    for (let i = 0; i < into; i += block)
      for (let p = 0; p < pixels; p++)
        for (let b = 0; b < block; b++) {
          let from = (o * into + i + b) * pixels + p;
          for (let a = 0; a < block; a++, from += into * pixels) blocked[at++] = weight[from]!;
        }
}

defineOp<Block>("blockedKernel", {
  infer: ([weight]) => weight!,
  onnx: () => {
    throw new Error("a blocked kernel is made of a weight");
  },
  rows: mostChannels,
  prepare: ([weight], [shape], { block }, into) => arrange(weight!, shape!, block, into),
});

defineOp<Window>("blockedConv2d", {
  infer: convolved,
  onnx: (emit, [x, kernel, ...bias], y, given) => {
    const { source, window } = surrounded(emit, x!, given);
    const blocks = emit.node("ReorderInput", [source], {}, domain);
    const convolution = emit.node("Conv", [blocks, kernel!, ...bias], onnxWindow(window), domain);
    return emit.node("ReorderOutput", [convolution], { channels: Number(y.dim(1)) }, domain);
  },
});

/** Whether a quarter is the places of odd rows, and of odd columns. */
const parity = (quarter: number): readonly [row: 0 | 1, column: 0 | 1] =>
  [quarter >> 1, quarter & 1] as unknown as readonly [0 | 1, 0 | 1];

defineOp<Block & { readonly quarter: number }>("quarterKernel", {
  infer: ([weight]) => ({ shape: [...weight!.shape.slice(0, 2), 2, 2], dtype: weight!.dtype }),
  onnx: () => {
    throw new Error("a quarter of a kernel is made of a weight");
  },
  rows: mostChannels,
  prepare: ([weight], [shape], { block, quarter }, into) => {
    const [out, channels] = shape as [number, number];
    const [row, column] = parity(quarter);
    const small = new Float32Array(out * channels * 4);
    // Of three rows that fall on two pixels, the middle one joins the last at even places, the first at odd ones; so do columns.
    for (let k = 0; k < out * channels; k++)
      for (let i = 0; i < 2; i++) {
        const [at, middle] = [9 * k + 6 * i, 9 * k + 3];
        const joins = Number(i !== row);
        const a = weight![at]! + joins * weight![middle]!;
        const b = weight![at + 1]! + joins * weight![middle + 1]!;
        const c = weight![at + 2]! + joins * weight![middle + 2]!;
        small[4 * k + 2 * i] = column ? a + b : a;
        small[4 * k + 2 * i + 1] = column ? c : b + c;
      }
    arrange(small, [out, channels, 2, 2], block, into);
  },
});

/**
 * A 3×3 kernel over a picture whose pixels were doubled sees 2×2 different ones: one kernel of that size for each of the
 * four places within a doubled pixel, with four ninths of the work.
 */
defineOp<Block & Window>("blockedDoublingConv2d", {
  infer: ([x, kernel]) => {
    const [n, , h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    return { shape: [n, kernel!.shape[0]!, addDims(h, h), addDims(w, w)], dtype: x!.dtype };
  },
  onnx: (emit, [x, ...rest], y, { block, ...given }) => {
    const [kernels, bias] = [rest.slice(0, 4), rest.slice(4)];
    const blocks = new Map<string, string>();
    const parts = kernels.map((kernel, quarter) => {
      const [row, column] = parity(quarter);
      const { source, window } = surrounded(emit, x!, { ...given, padding: [1 - row, 1 - column, row, column] });
      const known = blocks.get(source) ?? emit.node("ReorderInput", [source], {}, domain);
      blocks.set(source, known);
      return emit.node("Conv", [known, kernel, ...bias], onnxWindow(window), domain);
    });
    const [n, c] = y.shape as [Dim, number];
    const [h, w] = y.inputs[0]!.shape.slice(2) as [Dim, Dim];
    const apart = emit.node("Concat", parts, { axis: 1 });
    const pixels = emit.node("Reshape", [apart, emit.shape([n, 2, 2, c / block, h, w, block])]);
    const joined = emit.node("Transpose", [pixels], { perm: [0, 3, 4, 1, 5, 2, 6] });
    const whole = emit.node("Reshape", [joined, emit.shape(y.shape)]);
    return emit.node("ReorderOutput", [whole], { channels: c }, domain);
  },
});
