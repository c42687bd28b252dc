import type { Tensor } from "../graph/tensor.ts";
import type { WeightSource } from "../onnx/emit.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { type TrainState, trainedWeights } from "./state.ts";

/** A model in training, to be run with the weights it has by then: the running averages where they are kept. */
export class LiveGraph {
  readonly #open: () => Promise<Compiled>;
  readonly #params: ReadonlyMap<string, Tensor>;
  #compiled: Promise<Compiled> | undefined;

  /** The graph is opened at its first run. */
  constructor(
    host: Host,
    outputs: Readonly<Record<string, Tensor>>,
    params: ReadonlyMap<string, Tensor>,
    frozen: WeightSource,
  ) {
    this.#open = () => compile({ host, outputs, weights: frozen });
    this.#params = params;
  }

  async run(inputs: Readonly<Record<string, NdArray>>, state: TrainState): Promise<Record<string, NdArray>> {
    this.#compiled ??= this.#open();
    const weights = trainedWeights(state, this.#params);
    const named = [...this.#params].map(([key, param]) => [param.name!, weights.get(key)!] as const);
    return (await this.#compiled).run({ ...inputs, ...Object.fromEntries(named) });
  }

  async close(): Promise<void> {
    await (await this.#compiled)?.close();
  }
}

/** Weights in memory as what a graph is compiled with, by the name of the parameter. */
export const weightsInMemory =
  (weights: ReadonlyMap<string, NdArray>): WeightSource =>
  (key) => {
    const array = weights.get(key);
    return array && { dtype: "f32", data: (array as NdArray<"f32">).data };
  };
