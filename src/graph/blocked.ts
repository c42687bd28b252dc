import { addDims } from "./dim.ts";
import "./ops/blocked.ts";
import type { Window } from "./ops/conv.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

/**
 * The same outputs with convolutions that take `block` channels at a time, as ONNX Runtime's fastest on the CPU do, with
 * kernels arranged for that beforehand. Those whose channels do not fill blocks stay as they are.
 */
export const blocked = (outputs: readonly Tensor[], block: number, isWeight: (x: Tensor) => boolean): Tensor[] =>
  rewrite(outputs, (y) => {
    const [x, weight, ...bias] = y.inputs;
    if (y.op.name !== "conv2d" || !isWeight(weight!)) return y;
    const [out, into] = weight!.shape as readonly number[];
    if (out! % block !== 0 || into! % block !== 0) return y;
    return seesDoubled(y)
      ? apply("blockedDoublingConv2d", [x!.inputs[0]!, ...quarters(weight!, block), ...bias], {
          block,
          ...(y.attributes as Window),
        })
      : apply("blockedConv2d", [x!, apply("blockedKernel", [weight!], { block }), ...bias], y.attributes);
  });

/** Whether a convolution of 3×3 pixels smooths a picture that was doubled by repeating pixels. */
function seesDoubled({ inputs: [x, weight], attributes }: Tensor): boolean {
  const { stride, padding } = attributes as Window;
  if (x!.op.name !== "upsampleNearest" || stride !== 1 || !padding.every((side) => side === 1)) return false;
  return [2, 3].every((axis) => {
    const length = x!.inputs[0]!.shape[axis]!;
    return x!.shape[axis] === addDims(length, length) && weight!.shape[axis] === 3;
  });
}

const quarters = (weight: Tensor, block: number): Tensor[] =>
  [0, 1, 2, 3].map((quarter) => apply("quarterKernel", [weight], { block, quarter }));
