import { expect, it } from "vitest";
import {
  type Denoise,
  findSampler,
  type Latents,
  NoiseSchedule,
  STABLE_DIFFUSION,
  slerp,
} from "../../diffusion/index.ts";
import { normal } from "../../random/philox.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { anchored, type Condition, conditionBetween, middleOf, stagesOf } from "./condition.ts";

const states = (seed: number, n: number, length: number): Latents =>
  ndarray(normal(seed, 0, n * length * 2), [n, length, 2]);
const filler = states(9, 1, 3);
const condition = (prompt: Latents, negative: Latents, guidance: number, weights?: readonly number[]): Condition => ({
  texts: async () => ({ prompt, negative, ...(weights && { weights }) }),
  filler,
  guidance,
});
const [long, short] = [states(1, 1, 6), states(2, 1, 3)];
const nothing = states(3, 1, 3);

it("goes from text to text along the circle, and leaves alone what does not change", async () => {
  const [a, b] = [condition(states(4, 1, 3), nothing, 5), condition(short, nothing, 9)];
  expect([conditionBetween(a, b, 0), conditionBetween(a, b, 1)]).toEqual([a, b]);
  const between = conditionBetween(a, b, 0.25);
  expect(between.guidance).toBe(6);
  const { prompt, negative } = await between.texts();
  expect(prompt).toEqual(slerp(states(4, 1, 3), short, 0.25));
  expect(negative).toEqual(nothing);
});

it("fills up the shorter text, and lets prompts that only one side has come by their weight", async () => {
  const two = ndarray(Float32Array.of(...short.data, ...nothing.data), [2, 3, 2]);
  const a = condition(long, states(5, 1, 6), 7);
  const b = condition(two, nothing, 7, [1, 0.4]);
  const { prompt, negative, weights } = await conditionBetween(a, b, 0.5).texts();
  const behind = (text: Latents): Latents => ndarray(Float32Array.of(...text.data, ...filler.data), [1, 6, 2]);
  expect(prompt.shape).toEqual([2, 6, 2]);
  expect(prompt.data.slice(0, 12)).toEqual(slerp(long, behind(short), 0.5).data);
  expect(prompt.data.slice(12)).toEqual(behind(nothing).data);
  expect(negative).toEqual(slerp(states(5, 1, 6), behind(nothing), 0.5));
  expect(weights).toEqual([1, 0.2]);
});

it("takes the middle condition, or halfway between the middle two", async () => {
  const all = [1, 2, 3, 4].map((seed) => condition(states(seed, 1, 3), nothing, seed));
  expect(middleOf(all.slice(0, 3))).toBe(all[1]);
  const { texts, guidance } = middleOf(all);
  expect(guidance).toBe(2.5);
  expect((await texts()).prompt).toEqual(slerp(states(2, 1, 3), states(3, 1, 3), 0.5));
});

it("asks the first stages one way and the others another", async () => {
  const schedule = new NoiseSchedule(STABLE_DIFFUSION);
  const saying =
    (what: string): Denoise =>
    () =>
      Promise.reject(what);
  const denoise = anchored(saying("common"), 3, saying("own"));
  const { sampler } = findSampler("dpm2");
  const { stages } = sampler.plan(schedule, { steps: 5 });
  const said = await Promise.all(stages.map((stage) => denoise(short, stage.at, stage).catch((what: unknown) => what)));
  expect(said.slice(0, 5)).toEqual(["common", "common", "common", "own", "own"]);
  // Two evaluations a step.
  const scheduler = { schedule, sampler, plan: {}, prediction: "epsilon" } as const;
  expect([0, 0.2, 0.5, 1].map((share) => stagesOf(scheduler, 5, share))).toEqual([0, 2, 6, 9]);
});
