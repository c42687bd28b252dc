// Trains a small network to add: npx tsx examples/train.ts
import { ndarray } from "latentkit";
import { input, silu, type Tensor } from "latentkit/graph";
import { Linear, Module, parameters } from "latentkit/nn";
import { nodeHost } from "latentkit/node";
import { adamW, initialState, initialWeights, mse, type TrainState, trainStep } from "latentkit/training";

class Adder extends Module {
  hidden = new Linear({ in: 2, out: 32 });
  out = new Linear({ in: 32, out: 1 });

  forward(x: Tensor): Tensor {
    return x.pipe(this.hidden, silu, this.out);
  }
}

const network = new Adder();
const params = parameters(network);
const loss = mse(network.forward(input("x", "f32", [64, 2])), input("sum", "f32", [64, 1]));

// Forward, backward and update are one graph; the state goes in and comes out.
const group = { params, loss, optimizer: adamW(), clip: 1 };
const trainer = await trainStep({ host: nodeHost(), groups: { adder: group }, metrics: { loss } });
const state: TrainState = { step: 0, arrays: initialState(initialWeights(params, 1), false) };

for (let step = 0; step < 300; step++) {
  const x = Float32Array.from({ length: 128 }, (_, i) => Math.sin(1 + step * 128 + i));
  const sum = Float32Array.from({ length: 64 }, (_, i) => x[2 * i]! + x[2 * i + 1]!);
  const { loss } = await trainer.step(state, [{ x: ndarray(x, [64, 2]), sum: ndarray(sum, [64, 1]) }], { adder: 0.01 });
  if (step % 50 === 49) console.log(`step ${state.step}: loss ${loss!.toFixed(5)}`);
}
await trainer.close();
