import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addNoise, combine, type Latents, lerp, readScheduler, sample, slerp } from "../../src/diffusion/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { picturesToTensor } from "../../src/image/tensor.ts";
import { keptBy } from "../../src/pipelines/draw/given-picture.ts";
import { guided } from "../../src/pipelines/draw/guided.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";
import { elements, ndarray } from "../../src/runtime/ndarray.ts";
import { expectClose, golden, tensor } from "../support/golden.ts";

interface Run {
  readonly id: number;
  readonly scheduler_config: { readonly _class_name: string };
  readonly alpha: number;
  readonly guidance: number;
  readonly mask: boolean;
  readonly strength_a: number;
  readonly strength_b: number;
  readonly steps: number;
  readonly timesteps_stepped: readonly number[];
}

interface Case {
  readonly ts: readonly number[];
  readonly runs: readonly Run[];
  readonly tolerance: { readonly slerp: number; readonly latents: number; readonly image: number };
}

const reference = golden<Case>("animation");
const { inputs, expected } = reference;
const { ts, runs, tolerance } = reference.case;
/** Python's way to write a share into a name. */
const named = (t: number): string => (Number.isInteger(t) ? t.toFixed(1) : String(t));
const between = (name: string): [Latents, Latents] => [tensor(inputs, `${name}_a`), tensor(inputs, `${name}_b`)];

describe("interpolation", () => {
  it.each(ts)("goes along the circle, straight where there is none, at %s", (t) => {
    const near = between("near");
    const pairs = { latents: between("latents"), near, anti: [near[0], tensor(inputs, "anti_b")] } as const;
    for (const [name, [a, b]] of Object.entries(pairs))
      expectClose(slerp(a, b, t), tensor(expected, `slerp.${name}.${named(t)}`), { atol: tolerance.slerp });
    expectClose(lerp(...pairs.latents, t), tensor(expected, `lerp.latents.${named(t)}`), { atol: 1e-6 });
  });

  it.each([0.25, 0.5])("takes one angle over both texts, at %s", (t) => {
    expectClose(slerp(...between("text"), t), tensor(expected, `slerp.text.${t}`), { atol: tolerance.slerp });
  });

  it.each(ts)("goes straight between texts, at %s", (t) => {
    const [a, b] = between("text").map((both) => row(both, 1)) as [Latents, Latents];
    const { data, shape } = lerp(a, b, t);
    const width = shape.at(-1)!;
    const means = Float32Array.from({ length: data.length / width }, (_, i) =>
      data.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value / width, 0),
    );
    expectClose(ndarray(means, [1, means.length]), tensor(expected, `lerp_text.${named(t)}.mean`), { atol: 1e-6 });
  });

  it("puts pictures between finished ones", () => {
    const [a, b] = between("latents");
    const keys = [a, b, combine([0.5, a])];
    const all = keys.slice(1).flatMap((next, k) => [0, 1, 2, 3].map((j) => lerp(keys[k]!, next, j / 4)));
    for (const [i, latents] of all.entries())
      expectClose(latents, row(tensor(expected, "cog.interpolate_latents"), i), { atol: 1e-6 });
  });
});

/** Riffusion's picture to picture between two texts and two noises, of which an animation's parts must be able. */
describe("Riffusion's interpolation", () => {
  const host = nodeHost();
  const files = golden("e2e-sd1");
  let model: DiffusionModel;
  beforeAll(async () => {
    model = await DiffusionModel.open(host, files.path("model"));
  });
  afterAll(() => model.close());
  const picture = (file: string) => host.decodePicture(readFileSync(reference.path(file)), file);

  async function initial(): Promise<Latents> {
    const { mean, deviation } = await model.encode(picturesToTensor([await picture("init.png")]));
    const noise = tensor(inputs, "init_noise").data.map((value, i) => value * deviation.data[i]!);
    return combine([1, mean], [1, ndarray(noise, mean.shape)]);
  }

  it("starts from the same latents and mask", async () => {
    expectClose(await initial(), tensor(expected, "riffusion.init_latents"), { atol: 1e-4 });
    const { data } = tensor(expected, "riffusion.mask");
    expectClose(keptBy(await picture("mask.png"), 8, 8).data, data.slice(0, 64), { atol: 0 });
  });

  it.each(runs)("ends at the same latents and picture: run $id", async (run) => {
    const { id, alpha, steps, guidance } = run;
    const scheduler = readScheduler(run.scheduler_config, `run ${id}`);
    const [a, b] = between("text");
    const texts = { prompt: lerp(row(a, 1), row(b, 1), alpha), negative: row(a, 0) };
    const noise = slerp(...between("noise"), alpha);
    const strength = (1 - alpha) * run.strength_a + alpha * run.strength_b;
    const kept = Math.min(Math.floor(steps * strength) + 1, steps);
    const { stages } = scheduler.sampler.plan(scheduler.schedule, {
      ...scheduler.plan,
      steps,
      start: steps - kept + 1,
    });
    expect(stages.map(({ at }) => at.timestep)).toEqual(run.timesteps_stepped);
    // Its noise is that of the step before, which it does not take.
    const all = scheduler.sampler.plan(scheduler.schedule, { ...scheduler.plan, steps }).stages;
    const clean = await initial();
    const keep = keptBy(await picture("mask.png"), 8, 8).data;
    const denoise = guided(model, scheduler, texts, guidance);
    let x = addNoise(clean, noise, all.at(-kept)!.at);
    let path: Parameters<typeof sample>[3]["path"] = [];
    for (const stage of stages)
      for await (const next of sample(scheduler.sampler, [stage], denoise, { x, path }, () => noise)) {
        ({ x, path } = next);
        if (run.mask) x = blend(addNoise(clean, noise, stage.at), x, keep);
      }
    expectClose(x, tensor(expected, `riffusion.${id}.latents`), { atol: tolerance.latents });
    const { data } = await model.decode(x);
    const pixels = Float32Array.from(data, (_, i) => {
      const value = data[(i % 3) * 64 * 64 + Math.floor(i / 3)]! / 2 + 0.5;
      return Math.min(Math.max(value, 0), 1);
    });
    expectClose(pixels, tensor(expected, `riffusion.${id}.image`).data, { atol: tolerance.image });
  });
});

/** One of several, as a batch of one. */
function row({ data, shape }: Latents, index: number): Latents {
  const own = [1, ...shape.slice(1)];
  const size = elements(own);
  return ndarray(data.slice(index * size, (index + 1) * size), own);
}

const blend = (kept: Latents, drawn: Latents, keep: Float32Array): Latents =>
  ndarray(
    drawn.data.map((value, i) => {
      const share = keep[i % keep.length]!;
      return kept.data[i]! * share + value * (1 - share);
    }),
    drawn.shape,
  );
