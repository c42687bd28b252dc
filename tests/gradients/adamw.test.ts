import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input } from "../../src/graph/index.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { type NdArray, ndarray } from "../../src/runtime/ndarray.ts";
import { adamW } from "../../src/training/adamw.ts";
import { mse } from "../../src/training/losses.ts";
import { initialState, type TrainState } from "../../src/training/state.ts";
import { type Trainer, trainStep } from "../../src/training/step.ts";
import type { Group } from "../../src/training/update.ts";
import { expectClose, golden, tensor, tensors } from "../support/golden.ts";
import { testHost } from "../support/test-host.ts";

const { inputs, expected, path } = golden("grad-unet");
const weights = tensors(path("unet/diffusion_pytorch_model.safetensors"));

/** ᾱ of the scaled linear schedule 0.00085 → 0.012 in 1000 steps. */
const alphaBar = (timestep: number): number => {
  let product = 1;
  for (let i = 0; i <= timestep; i++) {
    const root = Math.sqrt(0.00085) + (i / 999) * (Math.sqrt(0.012) - Math.sqrt(0.00085));
    product *= 1 - root * root;
  }
  return product;
};

/** The reference's i-th batch: the i-th slice of each input. */
function batch(i: number): Record<string, NdArray> {
  const part = (name: string): NdArray<"f32"> => {
    const { data, shape } = tensor(inputs, name);
    const size = data.length / shape[0]!;
    return ndarray(data.slice(i * size, (i + 1) * size), shape.slice(1));
  };
  const timesteps = (inputs.get("timesteps") as NdArray<"i64">).data.slice(i * 2, i * 2 + 2);
  const bars = Array.from(timesteps, (t) => alphaBar(Number(t)));
  const latents = part("latents");
  const noise = part("noise");
  const perPicture = latents.data.length / 2;
  const noisy = latents.data.map((x, k) => {
    const bar = bars[Math.floor(k / perPicture)]!;
    return Math.sqrt(bar) * x + Math.sqrt(1 - bar) * noise.data[k]!;
  });
  return {
    noisy: ndarray(noisy, latents.shape),
    noise,
    timesteps: { dtype: "i64", shape: [2], data: timesteps },
    text: part("encoder_hidden_states"),
  };
}

async function trainer(options: Pick<Group, "clip" | "ema">): Promise<{ trainer: Trainer; state: TrainState }> {
  const unet = new UNet(parseUNetConfig(JSON.parse(readFileSync(path("unet/config.json"), "utf8"))));
  const { noisy, noise, text } = batch(0);
  const predicted = unet.forward(
    input("noisy", "f32", noisy!.shape),
    input("timesteps", "i64", [2]),
    input("text", "f32", text!.shape),
  );
  const loss = mse(predicted, input("noise", "f32", noise!.shape));
  const group: Group = { params: unet.parameters, loss, optimizer: adamW({ decay: () => 1e-2 }), ...options };
  return {
    trainer: await trainStep({ host: testHost(), groups: { unet: group }, metrics: { loss } }),
    state: { step: 0, arrays: initialState(weights, options.ema !== undefined) },
  };
}

async function fiveSteps({ trainer, state }: { trainer: Trainer; state: TrainState }) {
  const steps: Record<string, number>[] = [];
  for (let i = 0; i < 5; i++) steps.push(await trainer.step(state, [batch(i)], { unet: 1e-3 }));
  await trainer.close();
  return { losses: steps.map((m) => m.loss!), norms: steps.map((m) => m["norm.unet"]!) };
}

/** Compares all reference tensors `from.*` with the state's arrays `to.*`. */
function expectArrays(state: TrainState, from: string, to: string): void {
  const compared = [...expected].filter(([name]) => name.startsWith(`${from}.`));
  expect(compared.length).toBeGreaterThan(0);
  for (const [name, array] of compared) expectClose(state.arrays[name.replace(from, to)]!, array, { atol: 1e-4 });
}

describe("five updates of a U-Net beside torch.optim.AdamW", () => {
  it("plain", async () => {
    const run = await trainer({});
    const { losses } = await fiveSteps(run);

    expectClose(losses, tensor(expected, "adamw.losses"), { atol: 2e-5 });
    expectArrays(run.state, "adamw.weights", "params");
  });

  it("with clipping and a running average", async () => {
    const run = await trainer({ clip: 0.5, ema: () => 0.9 });
    const { losses, norms } = await fiveSteps(run);
    expectClose(losses, tensor(expected, "clip.losses"), { atol: 2e-5 });
    expectClose(norms, tensor(expected, "clip.grad_norms"), { rtol: 5e-3 });
    expectArrays(run.state, "clip.ema", "ema");
  });
});
