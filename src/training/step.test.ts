import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { input } from "../graph/index.ts";
import { Linear, parameters } from "../nn/index.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { adamW } from "./adamw.ts";
import { emaDecay } from "./ema.ts";
import { initialWeights } from "./init.ts";
import { mse } from "./losses.ts";
import { initialState, type TrainState } from "./state.ts";
import { trainStep } from "./step.ts";

/** y = W x + b to be learned from `rows` examples at a time. */
function regression(rows: number) {
  const layer = new Linear({ in: 3, out: 2 });
  const params = parameters(layer);
  const loss = mse(layer.forward(input("x", "f32", [rows, 3])), input("y", "f32", [rows, 2]));
  return { params, loss };
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

  it("learns", async () => {
    const { params, loss } = regression(8);
    const trainer = await trainStep({
      host: testHost(),
      groups: { model: { params, loss, optimizer: adamW({ decay: () => 0 }) } },
      metrics: { loss },
    });
    const state = start(params);
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push((await trainer.step(state, [examples(0, 8)], { model: 0.05 })).loss!);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    await trainer.close();
  });
});
