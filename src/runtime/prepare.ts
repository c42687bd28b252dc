import { opNamed } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { WeightData, WeightSource } from "../onnx/emit.ts";

/** How a value is made of weights; a message to another thread, so it has no tensors. */
export interface Preparation {
  /** "parameter" for a weight itself. */
  readonly op: string;
  readonly attributes: unknown;
  readonly weights: readonly WeightData[];
  readonly shapes: readonly (readonly number[])[];
}

/** What to do for a value of an emitted graph. */
export function preparationOf(value: Tensor, weights: WeightSource): Preparation {
  const sources = value.op.name === "parameter" ? [value] : value.inputs;
  return {
    op: value.op.name,
    attributes: value.attributes,
    weights: sources.map((source) => weights(source.name!, source)!),
    shapes: sources.map((source) => source.shape as readonly number[]),
  };
}

/** Does it, given the weights' numbers. */
export function prepare({ op, attributes, shapes }: Preparation, weights: readonly Float32Array[]): ArrayBufferView {
  return op === "parameter" ? weights[0]! : opNamed(op).prepare!(weights, shapes, attributes);
}
