// Defines a network, differentiates it, prints both and runs it: npx tsx examples/define.ts
import { compile, ndarray } from "latentkit";
import { dims, grad, input, print, rearrange, silu, type Tensor } from "latentkit/graph";
import { Conv2d, Linear, Module, parameters } from "latentkit/nn";
import { nodeHost } from "latentkit/node";
import { initialWeights } from "latentkit/training";

/** Pictures (n 3 h w) → scores (n classes). The fields are the layers, their names the weights' keys. */
class Classifier extends Module<{ readonly classes: number }> {
  conv = new Conv2d({ in: 3, out: 8, kernel: 3 });
  head = new Linear({ in: 8, out: this.config.classes });

  forward(pictures: Tensor): Tensor {
    const { h, w } = dims(pictures, "n 3 h w");
    const pixels = rearrange(pictures.pipe(this.conv, silu), "n c h w -> n (h w) c", { h, w });
    return pixels.mean([1]).pipe(this.head);
  }
}

const network = new Classifier({ classes: 2 });
const weights = parameters(network); // Map { "conv.weight" => f32[8,3,3,3], … }
const scores = network.forward(input("pictures", "f32", ["n", 3, 16, 16]));
const [slope] = grad(scores.sum(), [weights.get("head.weight")!]);
console.log(print([scores, slope!]));

const starting = initialWeights(weights, 1);
const graph = await compile({
  host: nodeHost(),
  outputs: { scores, slope: slope! },
  weights: (key) => ({ dtype: "f32", data: starting.get(key)!.data }),
});
const grey = ndarray(new Float32Array(2 * 3 * 16 * 16).fill(0.5), [2, 3, 16, 16]);
console.log((await graph.run({ pictures: grey })).scores);
await graph.close();
