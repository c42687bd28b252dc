// One process of sd15.bench.ts: npx tsx benchmarks/sd15/run.ts FOLDER PRECISION SAID
import { writeFileSync } from "node:fs";
import { nodeHost } from "../../src/host/node.ts";
import { better, Floor, type Peaks } from "../../src/pipelines/bench/floor.ts";
import { seconds } from "../../src/pipelines/bench/runner.ts";
import { DiffusionModel, type Precision } from "../../src/pipelines/model/diffusion-model.ts";
import { normal } from "../../src/random/philox.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";

/** A run's seconds, and the peaks just before and after it. */
export interface Timed {
  readonly seconds: number;
  readonly peaks: Peaks;
}

export interface Run {
  /** Seconds from the process's start until a step can begin. */
  readonly started: number;
  /** Seconds from a second picture's text until its first step can begin. */
  readonly again: number;
  readonly firstStep: number;
  readonly steps: readonly Timed[];
  readonly firstDecode: number;
  readonly decodes: readonly Timed[];
  /** Gigabytes. */
  readonly peakMemory: number;
}

const [folder, precision, said] = process.argv.slice(2) as [string, Precision, string];
const tries = 6;
const [size, steps, decodes] = [64, 4, 3];

const model = await DiffusionModel.open(nodeHost(), folder, { precision });
const { context } = model.configs.unet;

/** The hidden states of a text and of none, as guidance has them. */
async function texts(prompt: string) {
  const tokenizer = await model.tokenizer();
  const both = [
    await model.encodeIds(tokenizer.tokenize(prompt).ids),
    await model.encodeIds(tokenizer.tokenize("").ids),
  ];
  const data = Float32Array.from(both.flatMap(({ data }) => [...data]));
  return ndarray(data, [2, data.length / 2 / context, context]);
}

const noise = (seed: number) => ndarray(normal(seed, 0, 2 * 4 * size * size), [2, 4, size, size]);
const first = await texts("a picture of a bear");
await model.prepare();
const started = process.uptime();
const firstStep = await seconds(() => model.denoise(noise(1), 500, first));

// What the network says, to be compared.
const answers = [];
for (const timestep of [900, 500, 100]) answers.push((await model.denoise(noise(timestep), timestep, first)).data);
writeFileSync(said, Buffer.concat(answers.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer))));

const latents = ndarray(normal(2, 0, 4 * size * size), [1, 4, size, size]);
const firstDecode = await seconds(() => model.decode(latents));
const peakMemory = process.resourceUsage().maxRSS / 1e6;
const again = await seconds(async () => {
  await texts("a picture of an apple");
  await model.prepare();
});

const floor = await Floor.open(nodeHost());
await floor.measure(tries);
async function timed(count: number, run: () => Promise<unknown>): Promise<Timed[]> {
  const all: Timed[] = [];
  for (let i = 0; i < count; i++) {
    const before = await floor.measure(tries);
    const time = await seconds(run);
    all.push({ seconds: time, peaks: better(before, await floor.measure(tries)) });
  }
  return all;
}
const result: Run = {
  started,
  again,
  firstStep,
  firstDecode,
  peakMemory,
  steps: await timed(steps, () => model.denoise(noise(1), 500, first)),
  decodes: await timed(decodes, () => model.decode(latents)),
};
await floor.close();
await model.close();
process.stdout.write(JSON.stringify(result));
