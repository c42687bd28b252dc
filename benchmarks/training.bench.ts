// A training step (forward, backward, AdamW or Muon, running average) of each pocket network against this machine's floor:
// npx tsx benchmarks/training.bench.ts
import { grad, input, type Tensor } from "../src/graph/index.ts";
import { nodeHost } from "../src/host/node.ts";
import { Autoencoder, Clip, UNet } from "../src/models/index.ts";
import { costOf } from "../src/pipelines/bench/cost.ts";
import { type Runner, randomArrays, seconds } from "../src/pipelines/bench/runner.ts";
import { adamW } from "../src/training/adamw.ts";
import { initialWeights } from "../src/training/init.ts";
import { contrastive, kl, l1, mse } from "../src/training/losses.ts";
import { type Muon, muonAt } from "../src/training/muon.ts";
import { initialState } from "../src/training/state.ts";
import { trainStep } from "../src/training/step.ts";
import { pocketConfigs } from "./pocket.ts";
import { type Benchmark, report } from "./report.ts";

const { autoencoder, clip, unet, batches, crop } = pocketConfigs();

interface Training {
  readonly params: ReadonlyMap<string, Tensor>;
  readonly loss: Tensor;
}

/** Weights and moments are moved on, as in a real run, by steps too small to lead anywhere. */
async function open({ params, loss }: Training, muon?: Muon): Promise<Runner> {
  const group = { params, loss, optimizer: adamW(), muon, ema: () => 0.999, clip: 1 };
  const trainer = await trainStep({ host: nodeHost(), groups: { group }, metrics: { loss } });
  const state = { step: 0, arrays: initialState(initialWeights(params, 1), true, muon) };
  const feeds = Object.fromEntries(randomArrays([loss], "input"));
  return {
    cost: costOf([loss, ...grad(loss, [...params.values()])]),
    time: () => seconds(() => trainer.step(state, [feeds], { group: 1e-6 })),
    close: () => trainer.close(),
  };
}

const bench = (name: string, items: number, training: () => Training): Benchmark[] => [
  { name: `${name}, batch of ${items}`, items, open: () => open(training()) },
  { name: `the same by Muon`, items, open: () => open(training(), muonAt(1)) },
];

function denoiser(n: number): Training {
  const model = new UNet(unet);
  const shape = [n, unet.in, unet.sampleSize, unet.sampleSize];
  const text = input("text", "f32", [n, clip.text.positions, unet.context]);
  const said = model.forward(input("latents", "f32", shape), input("timesteps", "f32", [n]), text);
  return { params: model.parameters, loss: mse(said, input("noise", "f32", shape)) };
}

function reconstruction(n: number): Training {
  const model = new Autoencoder(autoencoder);
  const pictures = input("pictures", "f32", [n, 3, crop, crop]);
  const { mean, logvar } = model.encode(pictures);
  const noise = input("noise", "f32", mean.shape);
  const made = model.decode(mean.add(logvar.mul(0.5).exp().mul(noise)));
  return { params: model.parameters, loss: l1(made, pictures).add(kl(mean, logvar).mul(1e-6)) };
}

function pairs(n: number): Training {
  const model = new Clip(clip);
  const { imageSize } = clip.vision;
  const pictures = model.encodeImage(input("pixels", "f32", [n, 3, imageSize, imageSize]));
  const texts = model.encodeText(input("ids", "i64", [n, clip.text.positions]));
  return { params: model.parameters, loss: contrastive(pictures, texts, model.logitScale).loss };
}

await report("training", [
  ...bench("U-Net", batches.unet, () => denoiser(batches.unet)),
  ...bench(`autoencoder, ${crop}×${crop}`, batches.autoencoder, () => reconstruction(batches.autoencoder)),
  ...bench("CLIP", batches.clip, () => pairs(batches.clip)),
]);
