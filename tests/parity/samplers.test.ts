import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  addNoise,
  type Draw,
  type Latents,
  type Level,
  noiseRatio,
  predict,
  readScheduler,
  type Sampler,
  type Stage,
  sample,
  velocity,
} from "../../src/diffusion/index.ts";
import { elements, ndarray } from "../../src/runtime/ndarray.ts";
import { expectClose, type Tensors, type Tolerance, tensor, tensors } from "../support/golden.ts";

interface Case {
  readonly id: string;
  readonly steps: number;
  readonly step_kwargs: { readonly eta?: number };
  readonly scheduler_config: { readonly _class_name: string; readonly use_karras_sigmas?: boolean };
}

const folder = fileURLToPath(new URL("../fixtures/schedulers/", import.meta.url));

/** These hold x/α where we hold x: Karras et al.'s variance-exploding form. */
const exploding = [
  "EulerDiscreteScheduler",
  "EulerAncestralDiscreteScheduler",
  "LMSDiscreteScheduler",
  "HeunDiscreteScheduler",
  "KDPM2DiscreteScheduler",
  "KDPM2AncestralDiscreteScheduler",
];
/** These ended at timestep 0 before diffusers 0.27, and took Karras' sigmas from the nearest trained levels. */
const solvers = [
  "DPMSolverMultistepScheduler",
  "DPMSolverSinglestepScheduler",
  "DEISMultistepScheduler",
  "UniPCMultistepScheduler",
];
/** Relative to max(1, |x|); for these two, whose reference subtracts nearly equal squares in single precision, of max |x|. */
const tolerance = (name: string): Tolerance =>
  name.startsWith("KDPM2") ? { atol: 2e-4, ofMax: 2e-4 } : { atol: 2e-4, rtol: 2e-4 };
/** For levels; the reference computes 1 − ᾱ in single precision. */
const single = { atol: 1e-5, rtol: 1e-5 };

/** The closed-form "network" of every case. */
function network(x: Latents, timestep: number): Latents {
  return ndarray(
    x.data.map((v) => 0.7 * Math.sin(1.3 * v + timestep / 1000) + 0.1 * v),
    x.shape,
  );
}

const scaled = (x: Latents, factor: number): Latents =>
  ndarray(
    x.data.map((v) => v * factor),
    x.shape,
  );

function at(list: Latents, index: number): Latents {
  const shape = list.shape.slice(1);
  const size = elements(shape);
  return ndarray(list.data.slice(index * size, (index + 1) * size), shape);
}

const numbers = (values: Tensors, name: string): number[] =>
  Array.from(values.get(name)!.data as ArrayLike<number>, Number);

for (const name of readdirSync(folder).filter((entry) => entry.endsWith("Scheduler"))) {
  const read = (file: string): Tensors => tensors(`${folder}${name}/${file}`);
  // Python's JSON has -Infinity.
  const json = readFileSync(`${folder}${name}/case.json`, "utf8").replaceAll("-Infinity", "null");
  const { cases } = JSON.parse(json) as { readonly cases: readonly Case[] };
  const inputs = read("inputs.safetensors");
  const expected = read("expected.safetensors");
  const isExploding = exploding.includes(name);
  const isSolver = solvers.includes(name);

  describe(name, () => {
    describe.each(cases)("$id", ({ id, steps, step_kwargs, scheduler_config: config }) => {
      const { schedule, prediction, sampler, limit, plan: options } = readScheduler(config, name, name, step_kwargs);
      const value = (what: string): Latents => tensor(expected, `${id}.${what}`);
      const old = { ...options, ...(isSolver && { end: "first" as const }) };
      const { stages, noiseScale } = sampler.plan(schedule, { ...old, steps });
      const trained = (level: Level): Level => (level.sigma === 0 ? schedule.at(0) : schedule.at(level.timestep));
      const ours =
        isSolver && config.use_karras_sigmas
          ? stages.map((stage) => ({
              ...stage,
              at: trained(stage.at),
              from: trained(stage.from),
              to: trained(stage.to),
            }))
          : stages;
      /** What their x is divided by to be ours. */
      const outside = (level: Level): number => (isExploding ? 1 / level.alpha : 1);

      const used = numbers(expected, `${id}.noise_used_per_step`);
      const draw: Draw = (index) =>
        at(
          tensor(inputs, `${id}.noise`),
          used.slice(0, index).reduce((sum, count) => sum + count, 0),
        );

      async function run(sampler: Sampler, stages: readonly Stage[], reference: Latents): Promise<void> {
        const x = scaled(
          tensor(inputs, `${id}.x0`),
          numbers(expected, `${id}.init_noise_sigma`)[0]! / outside(stages[0]!.at),
        );
        const denoise = async (x: Latents, level: Level) =>
          predict(prediction, network(x, level.timestep), x, level, limit);
        let index = 0;
        for await (const step of sample(sampler, stages, denoise, { x, path: [] }, draw)) {
          expectClose(scaled(step.x, outside(stages[index]!.to)), at(reference, index), tolerance(name));
          index++;
        }
        expect(index).toBe(reference.shape[0]);
      }

      const newer = `${folder}${name}/expected-diffusers-0.27.2.safetensors`;
      const later = existsSync(newer) ? tensors(newer) : new Map();

      test("visits the same timesteps and levels", () => {
        const timesteps = ours.map((stage) => stage.at.timestep);
        expectClose(timesteps, numbers(expected, `${id}.timesteps`), { atol: 2e-3, rtol: 1e-5 });
        expectClose([noiseScale * outside(ours[0]!.at)], numbers(expected, `${id}.init_noise_sigma`), single);
        if (isExploding && stages.length === steps) {
          const ratios = [...ours.map((stage) => noiseRatio(stage.at)), noiseRatio(ours.at(-1)!.to)];
          expectClose(ratios, numbers(expected, `${id}.sigmas`), single);
        }
        if (later.has(`${id}.sigmas`) && !later.has(`${id}.trajectory`)) {
          const ratios = [...stages.map((stage) => noiseRatio(stage.at)), noiseRatio(stages.at(-1)!.to)];
          expectClose(ratios, numbers(later, `${id}.sigmas`), single);
        }
      });

      test("follows the same trajectory", () => run(sampler, ours, value("trajectory")));

      test("adds noise and takes velocities alike", () => {
        const [clean, noise] = [tensor(inputs, "add_noise.samples"), tensor(inputs, "add_noise.noise")];
        for (const [i, timestep] of numbers(expected, `${id}.add_noise.timesteps`).entries()) {
          const near = ({ at, back }: Stage): boolean => back === 0 && Math.abs(at.timestep - timestep) < 0.01;
          const level = isExploding ? ours.find(near)?.at : schedule.at(timestep);
          // The reference gives the timesteps between two levels the noise of the lower one.
          if (!level && name.startsWith("KDPM2")) continue;
          const noisy = scaled(addNoise(at(clean, i), at(noise, i), level!), outside(level!));
          expectClose(noisy, at(value("add_noise.result"), i), tolerance(name));
          if (expected.has(`${id}.get_velocity.result`)) {
            const v = velocity(at(clean, i), at(noise, i), level!);
            expectClose(v, at(value("get_velocity.result"), i), tolerance(name));
          }
        }
      });

      if (!later.has(`${id}.trajectory`)) return;
      test("follows diffusers 0.27.2, which ends without noise", async () => {
        const plan = sampler.plan(schedule, { ...options, steps });
        // Its UniPC repeats the last of Karras' sigmas instead.
        const clean =
          name === "UniPCMultistepScheduler"
            ? plan.stages.map((stage) => (stage.left === 0 ? { ...stage, to: stage.at } : stage))
            : plan.stages;
        const ratios = [...clean.map((stage) => noiseRatio(stage.at)), noiseRatio(clean.at(-1)!.to)];
        expectClose(ratios, numbers(later, `${id}.sigmas`), single);
        await run(sampler, clean, tensor(later, `${id}.trajectory`));
      });
    });
  });
}
