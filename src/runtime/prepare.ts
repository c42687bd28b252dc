import { staticSize } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import { opNamed, type PreparedNumbers } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { WeightData, WeightSource } from "../onnx/emit.ts";
import { elements } from "./ndarray.ts";

/** How a value is made of weights; a message to another thread, so it has no tensors. */
export interface Preparation {
  /** "parameter" for a weight itself. */
  readonly op: string;
  readonly attributes: unknown;
  readonly weights: readonly WeightData[];
  readonly shapes: readonly (readonly number[])[];
  /** Type and number of what is made. */
  readonly dtype: DType;
  readonly length: number;
}

/** What to do for a value of an emitted graph. */
export function preparationOf(value: Tensor, weights: WeightSource): Preparation {
  const { op, attributes, inputs, dtype, shape } = value;
  const sources = op.name === "parameter" ? [value] : inputs;
  return {
    op: op.name,
    attributes,
    weights: sources.map((source) => weights(source.name!, source)!),
    shapes: sources.map((source) => source.shape as readonly number[]),
    dtype,
    length: staticSize(shape),
  };
}

/** The numbers from `start` to `end` of the weight of that index, in `into` where that is given. */
export type ReadNumbers = (
  weight: number,
  start: number,
  end: number,
  into?: Float32Array<ArrayBuffer>,
) => Float32Array;

const arrays = { f32: Float32Array, i8: Int8Array };

/** Numbers that are read at a time, where an op does not need more. */
const atOnce = 2 ** 20;

/** Does it, part by part: memory for all weights at once costs more than all the rest. */
export function prepare({ op, attributes, shapes, dtype, length }: Preparation, read: ReadNumbers): PreparedNumbers {
  const result = new arrays[dtype as keyof typeof arrays](length);
  if (op === "parameter") {
    for (let start = 0; start < length; start += atOnce) {
      const end = Math.min(start + atOnce, length);
      read(0, start, end, result.subarray(start, end) as Float32Array<ArrayBuffer>);
    }
    return result;
  }
  const { prepare, rows } = opNamed(op);
  const count = shapes[0]![0]!;
  const widths = shapes.map((shape) => elements(shape.slice(1)));
  const step = rows === undefined ? count : rows * Math.max(Math.floor(atOnce / (rows * Math.max(...widths))), 1);
  for (let start = 0; start < count; start += step) {
    const end = Math.min(start + step, count);
    prepare!(
      widths.map((width, i) => read(i, start * width, end * width)),
      shapes.map((shape) => [end - start, ...shape.slice(1)]),
      attributes,
      result.subarray((length / count) * start, (length / count) * end),
    );
  }
  return result;
}
