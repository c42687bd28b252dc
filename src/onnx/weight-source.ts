import type { Tensor } from "../graph/tensor.ts";
import type { ExternalData } from "./proto.ts";

/**
 * A weight's data: bytes in a file, or numbers in memory. Absent: the weight becomes an input of the graph. Also asked for
 * what is packed of weights; absent, that is made of them.
 */
export type WeightData = ExternalData | { readonly dtype: "f32"; readonly data: Float32Array };
export type WeightSource = (key: string, parameter: Tensor) => WeightData | undefined;

/** A weight, or what an op makes of weights before the graph runs. */
export interface Prepared {
  /** How the graph calls it: each value that can be made of weights of these names has a name of its own. */
  readonly name: string;
  readonly value: Tensor;
}

/** What becomes of weights. */
export interface WriterOptions {
  /** Whether weights in files are to be prepared in memory too. */
  readonly hold: boolean;
  /** Whether a value goes in with each run. */
  feed(value: Tensor): boolean;
  /** Where a value lies that was made of weights before. */
  kept(value: Tensor): ExternalData | undefined;
  /** Whether matrices that are wanted as they are stay in their files all the same; the engine then takes no constants. */
  readonly leave: boolean;
}

/** How a graph calls what is made of weights. */
export const preparedName = ({ op, inputs, attributes }: Tensor): string =>
  `${op.name}(${inputs.map((i) => i.name).join(", ")}) ${JSON.stringify(attributes ?? {})}`;

/** Where a value lies that was made of weights before. */
export function keptValue(x: Tensor, weights: WeightSource): ExternalData | undefined {
  const kept = x.op.packed ? weights(preparedName(x), x) : undefined;
  return kept && "file" in kept ? kept : undefined;
}
