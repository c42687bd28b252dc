import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { input } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Linear, Module, parameters } from "../nn/index.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { adamW } from "./adamw.ts";
import { emaDecay } from "./ema.ts";
import { initialWeights } from "./init.ts";
import { mse } from "./losses.ts";
import { muonAt } from "./muon.ts";
import { initialState, type TrainState } from "./state.ts";
import { trainStep } from "./step.ts";

/** y = W x + b to be learned from `rows` examples at a time. */
function regression(rows: number) {
  const layer = new Linear({ in: 3, out: 2 });
  const params = parameters(layer);
  const loss = mse(layer.forward(input("x", "f32", [rows, 3])), input("y", "f32", [rows, 2]));
  return { params, loss };
}

/** Enough layers for a matrix that Muon moves. */
class Layers extends Module {
  readonly first = new Linear({ in: 3, out: 16 });
  readonly middle = new Linear({ in: 16, out: 16 });
  readonly last = new Linear({ in: 16, out: 2 });
  forward = (x: Tensor): Tensor => x.pipe(this.first, this.middle, this.last);
}

const examples = (from: number, to: number) => {
  const slice = (stream: number, width: number) =>
    ndarray(normal(1, stream, 8 * width).slice(from * width, to * width), [to - from, width]);
  return { x: slice(0, 3), y: slice(1, 2) };
};

const start = (params: ReturnType<typeof regression>["params"]): TrainState => ({
  step: 0,
  arrays: initialState(initialWeights(params, 5), true),
});

const values = (state: TrainState) =>
  Object.fromEntries(Object.entries(state.arrays).map(([name, { data }]) => [name, Array.from(data as Float32Array)]));

describe("trainStep", () => {
  it("accumulated quarters make the step of the whole batch", async () => {
    const whole = regression(8);
    const quarter = regression(2);
    const options = { optimizer: adamW(), ema: emaDecay(0.9), clip: 0.1 };
    const big = await trainStep({
      host: testHost(),
      groups: { model: { ...options, ...whole } },
      metrics: { loss: whole.loss },
    });
    const small = await trainStep({
      host: testHost(),
      groups: { model: { ...options, ...quarter } },
      metrics: { loss: quarter.loss },
      accumulate: 4,
    });
    const [a, b] = [start(whole.params), start(quarter.params)];
    for (let i = 0; i < 3; i++) {
      const one = await big.step(a, [examples(0, 8)], { model: 0.01 });
      const quarters = [0, 2, 4, 6].map((from) => examples(from, from + 2));
      const four = await small.step(b, quarters, { model: 0.01 });
      expect(four.loss).toBeCloseTo(one.loss!, 6);
    }
    expect(a.step).toBe(3);
    const [first, second] = [values(a), values(b)];
    for (const [name, array] of Object.entries(first)) {
      for (const [i, value] of array.entries()) expect(second[name]![i]).toBeCloseTo(value, 6);
    }
    await big.close();
    await small.close();
  });

  it.each([
    ["AdamW", undefined],
    ["Muon", muonAt(1)],
  ])("learns by %s", async (_, muon) => {
    const layers = new Layers();
    const params = parameters(layers);
    const loss = mse(layers.forward(input("x", "f32", [8, 3])), input("y", "f32", [8, 2]));
    const trainer = await trainStep({
      host: testHost(),
      groups: { model: { params, loss, muon, optimizer: adamW({ decay: () => 0 }) } },
      metrics: { loss },
    });
    const state = { step: 0, arrays: initialState(initialWeights(params, 5), false, muon) };
    expect("square.middle.weight" in state.arrays).toBe(!muon);
    const before = values(state)["params.middle.weight"];
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push((await trainer.step(state, [examples(0, 8)], { model: 0.01 })).loss!);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(values(state)["params.middle.weight"]).not.toEqual(before);
    await trainer.close();
  });
});
