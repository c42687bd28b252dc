import { expect, it } from "vitest";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { invert } from "./inversion.ts";
import { combine, type Latents } from "./latents.ts";
import { type PredictionType, predict } from "./parameterization.ts";
import { type Denoise, sample } from "./sampler.ts";
import { ddim } from "./samplers/ddim.ts";
import { NoiseSchedule, STABLE_DIFFUSION } from "./schedule.ts";

const schedule = new NoiseSchedule(STABLE_DIFFUSION);
const random = (stream: number): Latents => ndarray(normal(3, stream, 64), [1, 4, 4, 4]);

/** A network that is neither linear nor the same at all levels. */
const denoise =
  (type: PredictionType): Denoise =>
  async (x, level) => {
    const answer = ndarray(
      x.data.map((value, i) => Math.sin(2 * value + i) * level.sigma + 0.5 * value),
      x.shape,
    );
    return predict(type, answer, x, level);
  };

it.each([
  ["v_prediction", 10],
  ["v_prediction", 50],
  ["epsilon", 20],
  ["epsilon", 50],
] as const)("finds what leads to a picture, by %s in %d steps", async (type, steps) => {
  const { stages } = ddim().plan(schedule, { steps, offset: 1, end: "first" });
  const clean = random(0);
  const before: Latents[] = [];
  for await (const x of invert(stages, denoise(type), type, clean)) before.push(x);
  expect(before).toHaveLength(steps);
  let x = before.at(-1)!;
  for await (const next of sample(ddim(), stages, denoise(type), { x, path: [] }, random)) {
    const passed = before[steps - 1 - next.index]!;
    expect(distance(next.path.at(-1)!.x, passed)).toBeLessThan(2e-3);
    x = next.x;
  }
  expect(distance(x, clean)).toBeLessThan(2e-3);
  expect(distance(before.at(-1)!, clean)).toBeGreaterThan(0.5);
});

/** Largest difference of two values. */
const distance = (a: Latents, b: Latents): number => Math.max(...combine([1, a], [-1, b]).data.map(Math.abs));
