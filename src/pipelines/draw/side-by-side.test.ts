import { expect, it } from "vitest";
import { stack } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Ask } from "../model/denoiser.ts";
import { inStep, SideBySide } from "./side-by-side.ts";

const numbers = (...values: number[]) => ndarray(Float32Array.from(values), [1, values.length]);

/** Asks for a number of times and returns what was said. */
async function* picture(ask: Ask, name: number, times: number, length = 1): AsyncGenerator<string, number[]> {
  const said: number[] = [];
  for (let i = 0; i < times; i++) {
    const { said: answer } = await ask("whole", { x: numbers(...Array<number>(length).fill(10 * name + i)) });
    said.push(answer!.data[0]!);
    yield `${name}.${i}`;
  }
  return said;
}

async function run(ask: Ask, pictures: readonly [times: number, length?: number][]) {
  const together = new SideBySide(ask, pictures.length);
  const runs = pictures.map(([times, length], i) => together.run(picture(together.ask, i + 1, times, length)));
  const all = inStep(runs);
  const events: string[] = [];
  for (;;) {
    const next = await all.next();
    if (next.done) return { events, results: next.value };
    events.push(next.value);
  }
}

it("asks once for all that are still drawn, and gives each its own answer", async () => {
  const sizes: number[] = [];
  const doubled: Ask = async (_, { x }) => {
    sizes.push(x!.shape[0]!);
    return {
      said: ndarray(
        x!.data.map((value) => 2 * value),
        x!.shape,
      ),
    };
  };
  const { events, results } = await run(doubled, [[2], [3], [1]]);
  expect(sizes).toEqual([3, 2, 1]);
  expect(results).toEqual([[20, 22], [40, 42, 44], [60]]);
  expect(events).toEqual(["1.0", "2.0", "3.0", "1.1", "2.1", "2.2"]);
});

it("keeps questions of different sizes apart", async () => {
  const shapes: string[] = [];
  const echo: Ask = async (_, { x }) => {
    shapes.push(x!.shape.join());
    return { said: stack([x!]) };
  };
  expect((await run(echo, [[1], [1, 4], [1]])).results).toEqual([[10], [20], [30]]);
  expect(shapes.sort()).toEqual(["1,4", "2,1"]);
});

it("fails when the network does", async () => {
  const failing: Ask = () => Promise.reject(new Error("out of memory"));
  await expect(run(failing, [[1], [1]])).rejects.toThrow("out of memory");
});
