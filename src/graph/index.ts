/** Symbolic tensors: build, differentiate, simplify and print graphs. */
import "./ops/elementwise.ts";

export { circular } from "./circular.ts";
export { type Dim, type Shape, staticSize } from "./dim.ts";
export type { DType } from "./dtype.ts";
export { type GivenNorm, withGivenNorms } from "./given-norms.ts";
export { grad } from "./grad.ts";
export type { Target, TensorType } from "./op.ts";
export { gelu, geluTanh, leakyRelu, quickGelu, relu, silu, softplus } from "./ops/activation.ts";
export { attend } from "./ops/attention.ts";
export { type ConvOptions, conv2d, type Padding } from "./ops/conv.ts";
export { embedding, linear, matmulTransposed, oneHot } from "./ops/linalg.ts";
export { concat, upsampleNearest } from "./ops/movement.ts";
export { groupNorm, layerNorm, standardised } from "./ops/norm.ts";
export { argMax } from "./ops/reduce.ts";
export { constant, input } from "./ops/source.ts";
export { topological } from "./order.ts";
export { print } from "./print.ts";
export { observedRanges, quantized, type Range, type Ranges } from "./quantized.ts";
export { dims, rearrange } from "./rearrange.ts";
export { ShapeError } from "./shape-error.ts";
export { simplify } from "./simplify.ts";
export { describe, type Layer, type Operand, Tensor } from "./tensor.ts";
export { trainable } from "./trainable.ts";
