import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { combine, type Latents, noiseRatio, readScheduler } from "../../src/diffusion/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { encodePicture, keptBy } from "../../src/pipelines/draw/given-picture.ts";
import { guided, type Texts } from "../../src/pipelines/draw/guided.ts";
import type { Noise } from "../../src/pipelines/draw/noise.ts";
import { textToImage } from "../../src/pipelines/draw/text-to-image.ts";
import { type Given, trajectory } from "../../src/pipelines/draw/trajectory.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";
import type { Picture } from "../../src/runtime/host.ts";
import { elements, ndarray } from "../../src/runtime/ndarray.ts";
import { expectClose, golden, sharedGoldens, tensor } from "../support/golden.ts";

interface Case {
  readonly prompt: string;
  readonly negative_prompt: string;
  readonly runs: readonly Run[];
  readonly tolerance: { readonly image: number };
}

interface Run {
  readonly id: string;
  readonly kind: "txt2img" | "img2img" | "inpaint_legacy";
  readonly scheduler_config: { readonly _class_name: string };
  readonly steps: number;
  readonly strength?: number;
  readonly guidance_scale: number;
}

const reference = golden<Case>("e2e-sd1");
const { inputs, expected } = reference;
const host = nodeHost();
/** A fifth of what the case allows: two single-precision runs differ by about 1e-4. */
const tolerance = { atol: 1e-3 };
const embeddings = { atol: 1e-5 };

let model: DiffusionModel;
let texts: Texts;
beforeAll(async () => {
  model = await DiffusionModel.open(host, reference.path("model"));
  const encode = (name: string) => model.encodeIds(Array.from(inputs.get(name)!.data as BigInt64Array, Number));
  texts = { prompt: await encode("input_ids"), negative: await encode("uncond_input_ids") };
});
afterAll(() => model.close());

const picture = (file: string) => host.decodePicture(readFileSync(reference.path(file)), file);

function at(list: Latents, index: number): Latents {
  const shape = list.shape.slice(1);
  const size = elements(shape);
  return ndarray(list.data.slice(index * size, (index + 1) * size), shape);
}

/** The reference's own noise. */
function recorded({ id, kind }: Run): Noise {
  const given = kind !== "txt2img";
  return {
    start: () => tensor(inputs, given ? `${id}.noise1` : "latents"),
    stage: (index) => at(tensor(inputs, `${id}.noise`), index),
    posterior: () => tensor(inputs, `${id}.noise0`),
  };
}

async function start({ kind, strength }: Run, noise: Noise): Promise<Given | undefined> {
  if (kind === "txt2img") return undefined;
  const clean = await encodePicture(model, await picture("init.png"), noise);
  const [, , h, w] = clean.shape as [number, number, number, number];
  const keep = kind === "inpaint_legacy" ? { keep: keptBy(await picture("mask.png"), w, h) } : {};
  return { clean, strength: strength!, ...keep };
}

it("encodes the texts", () => {
  expectClose(texts.prompt, tensor(expected, "prompt_embeds"), embeddings);
  expectClose(texts.negative, tensor(expected, "negative_prompt_embeds"), embeddings);
});

describe.each(reference.case.runs)("$id", (run) => {
  const { id, steps, scheduler_config: config } = run;
  /** Euler's samplers hold x/α in the reference. */
  const exploding = config._class_name.startsWith("Euler");

  it("goes where the reference goes, and draws the same picture", async () => {
    const noise = recorded(run);
    const scheduler = readScheduler(config, id);
    const denoise = guided(model, scheduler, texts, run.guidance_scale);
    const given = await start(run, noise);
    const shape = [1, 4, 8, 8];
    const drawing = trajectory({ scheduler, denoise, steps, shape, noise, ...(given && { given }) });
    const path = tensor(expected, `${id}.latents_per_call`);
    const timesteps = tensor(expected, `${id}.timesteps`);
    let count = 0;
    let next = await drawing.next();
    for (; !next.done; next = await drawing.next(), count++) {
      const { x, path: seen, stages } = next.value;
      const { stage, x: before } = seen.at(-1)!;
      const scale = exploding ? Math.hypot(1, noiseRatio(stage.to)) : 1;
      expect(stages).toBe(path.shape[0]);
      expectClose([stage.at.timestep], at(timesteps, count).data, { atol: 1e-3 });
      expectClose(combine([scale, x]), at(path, count), tolerance);
      const entered = expected.has(`${id}.latents_in_per_call`);
      if (entered) expectClose(before, at(tensor(expected, `${id}.latents_in_per_call`), count), tolerance);
    }
    expect(count).toBe(path.shape[0]);
    expectClose(next.value, tensor(expected, `${id}.latents`), tolerance);
    const decoded = await model.decode(next.value);
    const shown = tensor(expected, `${id}.image`);
    expectClose(unitPicture(decoded), shown, { atol: reference.case.tolerance.image });
  });
});

it.skipIf(!sharedGoldens)("draws the same picture from the text", async () => {
  const whole = await DiffusionModel.open(host, `${sharedGoldens}/e2e-sd1/model`);
  const { prompt, negative_prompt: negative, runs } = reference.case;
  const run = runs.find(({ id }) => id === "ddim")!;
  const request = {
    prompts: [prompt.replace(/[()]/g, "\\$&")],
    negative,
    steps: run.steps,
    guidance: run.guidance_scale,
    sampler: "ddim",
    seed: 0,
  };
  const pictures: Picture[] = [];
  for await (const { drawn } of textToImage(whole, request, { noise: () => recorded(run) }))
    if (drawn) pictures.push(drawn.picture);
  await whole.close();
  const { data } = tensor(expected, "ddim.image");
  expect(pictures.length).toBe(1);
  expectClose(
    pictures[0]!.data,
    data.map((value) => 255 * value),
    { atol: 1 },
  );
});

/** (1 3 h w) in [−1, 1] → (1 h w 3) in [0, 1]. */
function unitPicture({ data, shape }: Latents): Latents {
  const [, , h, w] = shape as [number, number, number, number];
  const clamped = (value: number): number => Math.min(Math.max(value / 2 + 0.5, 0), 1);
  const pixels = Float32Array.from({ length: data.length }, (_, i) =>
    clamped(data[(i % 3) * h * w + Math.floor(i / 3)]!),
  );
  return ndarray(pixels, [1, h, w, 3]);
}
