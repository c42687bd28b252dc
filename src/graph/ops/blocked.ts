import { defineOp } from "../op.ts";
import { convolved, onnxWindow, surrounded, type Window } from "./conv.ts";

const domain = "com.microsoft.nchwc";

interface Block {
  /** Channels that lie together: as many as a register of the processor holds. */
  readonly block: number;
}

defineOp<Block>("blockedKernel", {
  infer: ([weight]) => weight!,
  onnx: () => {
    throw new Error("a blocked kernel is made of a weight");
  },
  // (out in h w) → (out/b in/b h w b b), the channels that come out last: ONNX Runtime's MlasReorderFilterOIHWBiBo.
  prepare: ([weight], [shape], { block }) => {
    const [out, into, h, w] = shape as [number, number, number, number];
    const blocked = new Float32Array(weight!.length);
    const pixels = h * w;
    let at = 0;
    for (let o = 0; o < out; o += block)
      for (let i = 0; i < into; i += block)
        for (let p = 0; p < pixels; p++)
          for (let b = 0; b < block; b++) {
            let from = (o * into + i + b) * pixels + p;
            for (let a = 0; a < block; a++, from += into * pixels) blocked[at++] = weight![from]!;
          }
    return blocked;
  },
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
