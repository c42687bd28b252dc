import { staticSize } from "../graph/dim.ts";
import { byteSize } from "../graph/dtype.ts";
import type { Target } from "../graph/op.ts";
import { topological } from "../graph/order.ts";
import { simplify } from "../graph/simplify.ts";
import type { Tensor } from "../graph/tensor.ts";
import { keptValue, type Prepared, type WeightSource } from "./weight-source.ts";
import { Writer } from "./writer.ts";

export type { Prepared, WeightData, WeightSource } from "./weight-source.ts";

export interface Emitted {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Constants of the graph whose data lies in memory, under these names as file names. */
  readonly constants: readonly Prepared[];
  /** What goes in with every run and is always the same: weights that would be copied as constants. */
  readonly fed: readonly Prepared[];
  /** Whether weights of half precision are widened whenever they are used. */
  readonly widens: boolean;
}

/** Weights of fewer bytes may as well be constants, of which the engine has copies; those that it packs, also of more. */
const fewBytes = { asTheyAre: 2 ** 27, packed: 2 ** 29 };

/** Ops whose constant weights the engine packs. */
const packs = new Set(["linear", "conv2d"]);

/** Of weights of more bytes, to widen matrices with each run costs less than the memory to hold them. */
const manyBytes = 2 ** 30;

/**
 * Writes a graph as an ONNX model. Weights stay where they are, in files or in memory; `hold` says that all are to be held
 * in memory in single precision, the large ones of large models outside of the engine.
 */
export function emit(
  outputs: Readonly<Record<string, Tensor>>,
  target: Target,
  weights: WeightSource = () => undefined,
  hold = false,
): Emitted {
  const names = Object.keys(outputs);
  const simple = simplify(Object.values(outputs));
  const order = topological(simple);
  const bytes = weightBytes(order);
  const kept = (x: Tensor) => keptValue(x, weights);
  // The engine takes constants either from files or from memory.
  const inBytes = order.filter(({ op }) => op.packed);
  const leave = hold && (inBytes.some(kept) || (bytes > manyBytes && inBytes.length === 0));
  const packed = new Set(order.filter(({ op }) => packs.has(op.name)).map(({ inputs }) => inputs[1]!));
  // Vectors are constants where they can be: there are many, and they are small.
  const feed = (x: Tensor): boolean =>
    hold && x.rank > 1 && !x.op.packed && bytes > (packed.has(x) ? fewBytes.packed : fewBytes.asTheyAre);
  const writer = new Writer(target, weights, { hold, feed, kept, leave });
  // Inputs first: what is expanded to an axis that only they have may come before them.
  for (const x of order) if (x.op.name === "input") writer.add(x);
  for (const x of order) if (x.op.name !== "input") writer.add(x);
  names.forEach((name, i) => {
    writer.output(name, simple[i]!);
  });
  const { inputs, constants, fed, widens } = writer;
  return {
    bytes: writer.bytes(),
    inputs,
    outputs: new Map(names.map((name, i) => [name, simple[i]!])),
    constants,
    fed,
    widens,
  };
}

/** Bytes of all weights in single precision. */
const weightBytes = (order: readonly Tensor[]): number =>
  order.filter((x) => x.op.name === "parameter").reduce((sum, x) => sum + staticSize(x.shape) * byteSize[x.dtype], 0);
