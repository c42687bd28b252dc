import { staticSize } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Init } from "../nn/module.ts";
import { normal, uniform } from "../random/philox.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { hashText } from "./data/random.ts";

/** Weights to start from: each parameter by its own `init`, a function of the seed and its key alone. */
export const initialWeights = (params: ReadonlyMap<string, Tensor>, seed: number): Map<string, NdArray<"f32">> =>
  new Map([...params].map(([key, param]) => [key, start(key, param, seed)]));

function start(key: string, param: Tensor, seed: number): NdArray<"f32"> {
  const { init } = param.attributes as { init: Init };
  const shape = param.shape as readonly number[];
  const size = staticSize(shape);
  const stream = hashText(key);
  switch (init.kind) {
    case "zeros":
      return ndarray(new Float32Array(size), shape);
    case "ones":
      return ndarray(new Float32Array(size).fill(1), shape);
    case "constant":
      return ndarray(new Float32Array(size).fill(init.value), shape);
    case "normal":
      return ndarray(
        normal(seed, stream, size).map((x) => x * init.std),
        shape,
      );
    case "uniform":
      return ndarray(
        uniform(seed, stream, size).map((x) => (2 * x - 1) * init.bound),
        shape,
      );
  }
}
