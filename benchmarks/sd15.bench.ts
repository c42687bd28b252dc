// Stable Diffusion 1.5's size at 512×512, in fp32 and int8, against this machine's floor:
// npx tsx benchmarks/sd15.bench.ts [FOLDER], where a random checkpoint is written unless one is there.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dot } from "../src/evaluation/features.ts";
import { psnr } from "../src/evaluation/psnr.ts";
import { input } from "../src/graph/index.ts";
import { pocketFolder } from "../src/host/node/pocket.ts";
import { nodeHost } from "../src/host/node.ts";
import { Autoencoder, UNet } from "../src/models/index.ts";
import { costOf } from "../src/pipelines/bench/cost.ts";
import { better, floorOf } from "../src/pipelines/bench/floor.ts";
import { textToImage } from "../src/pipelines/draw/text-to-image.ts";
import { DiffusionModel, type Precision } from "../src/pipelines/model/diffusion-model.ts";
import type { Picture } from "../src/runtime/host.ts";
import { sd15, writeCheckpoint } from "./checkpoint.ts";
import { keep, median } from "./report.ts";
import type { Run, Timed } from "./sd15/run.ts";

const folder = process.argv[2] ?? join(tmpdir(), "latentkit-sd15");
const scratch = mkdtempSync(join(tmpdir(), "latentkit-bench-"));
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

if (!existsSync(`${folder}/model_index.json`)) {
  progress(`writing a checkpoint into ${folder}`);
  await writeCheckpoint(folder);
}

/** Finds the ranges for int8, unless they are known. */
async function calibrate(): Promise<void> {
  const calibrating = (done: number, total: number): void => progress(`calibrating ${done}/${total}`);
  const model = await DiffusionModel.open(nodeHost(), folder, { precision: "int8", calibrating });
  await model.prepare();
  await model.close();
}

/** A process of its own, for its memory and its start. */
function run(precision: Precision): Run & { readonly said: Float32Array } {
  progress(precision);
  const file = join(scratch, precision);
  const script = fileURLToPath(new URL("sd15/run.ts", import.meta.url));
  const text = execFileSync(process.execPath, [...process.execArgv, script, folder, precision, file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { ...(JSON.parse(text) as Run), said: new Float32Array(Uint8Array.from(readFileSync(file)).buffer) };
}

const latents = (n: number) => input("latents", "f32", [n, 4, 64, 64]);
const text = input("text", "f32", [2, sd15.text.positions, sd15.unet.context]);
const cost = {
  step: costOf([new UNet(sd15.unet).forward(latents(2), input("timesteps", "f32", [2]), text)]),
  decode: costOf([new Autoencoder(sd15.autoencoder).decode(latents(1))]),
};

/** Median of the times, of the floors beside them, and of how many floors they took. */
function measured(times: readonly Timed[], what: keyof typeof cost) {
  const floors = times.map(({ peaks }) => floorOf(cost[what], peaks));
  return {
    seconds: median(times.map((time) => time.seconds)),
    floor: median(floors),
    floors: median(times.map((time, i) => time.seconds / floors[i]!)),
  };
}

function figures({ steps, decodes, said: _, ...rest }: ReturnType<typeof run>) {
  return { ...rest, step: measured(steps, "step"), decode: measured(decodes, "decode") };
}

const cosine = (a: Float32Array, b: Float32Array): number => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

const prompts = ["a picture of a bear", "an apple", "a red car", "two fish", "a house at night", "a smiling face"];

/** Pictures of the pocket model. */
async function drawn(precision: Precision): Promise<Picture[]> {
  const model = await DiffusionModel.open(nodeHost(), pocketFolder, { precision });
  const pictures: Picture[] = [];
  for await (const { drawn } of textToImage(model, { prompts, seed: 7 })) if (drawn) pictures.push(drawn.picture);
  await model.close();
  return pictures;
}

/** Seconds that a gigabyte takes when it is touched first: machines differ tenfold. */
function freshMemory(): number {
  const began = performance.now();
  const pieces = Array.from({ length: 4 }, () => new Uint8Array(2 ** 26).fill(1));
  return (performance.now() - began) / (1000 * pieces.length * 2 ** 26 * 1e-9);
}

await calibrate();
const fresh = freshMemory();
const [wide, narrow] = [run("fp32"), run("int8")];
progress("pictures of the pocket model");
const [expected, found] = [await drawn("fp32"), await drawn("int8")];
rmSync(scratch, { recursive: true });

const [fp32, int8] = [figures(wide), figures(narrow)];
const likeness = cosine(wide.said, narrow.said);
const decibels = expected.map((picture, i) => psnr(picture, found[i]!));
const faster = fp32.step.seconds / int8.step.seconds;
type Figures = typeof fp32;
const both = (name: string, digits: number, of: (figures: Figures) => number, asked = ""): string[] => [
  name,
  of(fp32).toFixed(digits),
  of(int8).toFixed(digits),
  asked,
];
const rows = [
  both("a guided step of the U-Net, s", 2, ({ step }) => step.seconds),
  both("its floor in single precision, s", 2, ({ step }) => step.floor),
  both("times the floor", 2, ({ step }) => step.floors, "fp32 ≤ 1.35"),
  ["int8 faster than fp32 by", "", faster.toFixed(2), "≥ 1.8"],
  both("decoding, s", 2, ({ decode }) => decode.seconds),
  both("its floor, s", 2, ({ decode }) => decode.floor),
  both("times the floor", 2, ({ decode }) => decode.floors, "≤ 1.4"),
  both("the first decoding, in fresh memory, s", 2, ({ firstDecode }) => firstDecode),
  both("from process start until the first step, s", 1, ({ started }) => started, "≤ 12"),
  both("a second picture's text until its first step, s", 2, ({ again }) => again, "at once"),
  both("peak memory of a picture, GB", 2, ({ peakMemory }) => peakMemory, "≤ 5.5, 2.8"),
  ["cosine of the U-Net's answers", "", likeness.toFixed(5), "≥ 0.999"],
  ["pocket model's pictures, least and mean PSNR, dB", "", spread(decibels), "≥ 30"],
  ["a gigabyte of fresh memory, s", fresh.toFixed(2), "", ""],
];
const peaks = [...wide.steps, ...narrow.steps, ...wide.decodes, ...narrow.decodes].map((time) => time.peaks);
keep("sd15", peaks.reduce(better), ["what", "fp32", "int8", "asked"], rows, {
  fp32,
  int8,
  faster,
  cosine: likeness,
  psnr: decibels,
  secondsPerFreshGigabyte: fresh,
});

function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${Math.min(...values).toFixed(1)}, ${mean.toFixed(1)}`;
}
