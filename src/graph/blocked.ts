import "./ops/blocked.ts";
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
    return apply("blockedConv2d", [x!, apply("blockedKernel", [weight!], { block }), ...bias], y.attributes);
  });
