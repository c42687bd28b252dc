import {
  gaussian,
  guide,
  type Latents,
  type NoiseSchedule,
  predict,
  type Sampler,
  sample,
  seedsFrom,
  stack,
  stageNoise,
} from "../diffusion/index.ts";
import { input } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Autoencoder } from "../models/vae/index.ts";
import type { WeightSource } from "../onnx/emit.ts";
import { compile } from "../runtime/compile.ts";
import type { Host, Picture } from "../runtime/host.ts";
import { ints, type NdArray, ndarray } from "../runtime/ndarray.ts";
import { LiveGraph } from "./live-graph.ts";
import { contactSheet } from "./sheet.ts";
import type { TrainState } from "./state.ts";

export interface SheetOptions {
  readonly host: Host;
  /** What the denoiser says of latents at timesteps (n), told the texts of ids (n l). */
  said(latents: Tensor, timesteps: Tensor, ids: Tensor): Tensor;
  /** What of it learns. */
  readonly params: ReadonlyMap<string, Tensor>;
  readonly autoencoder: Autoencoder;
  /** Weights of what else there is in the denoiser, and of the autoencoder. */
  readonly frozen: { readonly denoiser: WeightSource; readonly autoencoder: WeightSource };
  readonly schedule: NoiseSchedule;
  /** Channels, height and width. */
  readonly latentShape: readonly number[];
  readonly prediction: "epsilon" | "v_prediction";
  readonly sampler: Sampler;
  readonly steps: number;
  readonly guidance: number;
  /** Token ids of the empty caption, and of those that are drawn. */
  readonly empty: readonly number[];
  readonly prompts: readonly (readonly number[])[];
  /** Latents are this times what the autoencoder takes. */
  readonly scale: number;
}

const columns = 4;

/** Draws the prompts with the weights of the moment, always from the same noise. */
export function diffusionSheet(options: SheetOptions): {
  draw(state: TrainState): Promise<Picture>;
  close(): Promise<void>;
} {
  const { host, params, autoencoder, frozen, schedule, latentShape } = options;
  const { prediction, sampler, steps, guidance, empty, prompts, scale } = options;
  const n = prompts.length;
  const noisy = input("noisy", "f32", [2 * n, ...latentShape]);
  const ids = input("ids", "i64", [2 * n, empty.length]);
  const said = options.said(noisy, input("timesteps", "f32", [2 * n]), ids);
  const denoiser = new LiveGraph(host, { said }, params, frozen.denoiser);
  const allIds = ints([...prompts.map(() => empty), ...prompts].flat(), [2 * n, empty.length]);
  const seeds = seedsFrom(0, n);

  async function draw(state: TrainState): Promise<Picture> {
    const { stages, noiseScale } = sampler.plan(schedule, { steps });
    const start = gaussian(seeds, 0, latentShape);
    const x = { ...start, data: start.data.map((value) => value * noiseScale) };
    const denoise = async (latents: Latents, level: { timestep: number; alpha: number; sigma: number }) => {
      const timesteps = ndarray(new Float32Array(2 * n).fill(level.timestep), [2 * n]);
      const answers = await denoiser.run({ noisy: stack([latents, latents]), timesteps, ids: allIds }, state);
      const [without, withPrompt] = halves(answers.said as NdArray<"f32">);
      return predict(prediction, guide(without, withPrompt, guidance), latents, level);
    };
    const run = sample(sampler, stages, denoise, { x, path: [] }, stageNoise(seeds, latentShape));
    let latents: Latents = x;
    for await (const step of run) latents = step.x;
    return contactSheet([await decode(latents)], columns);
  }

  async function decode(latents: Latents): Promise<NdArray<"f32">> {
    const pictures = autoencoder.decode(input("latents", "f32", latents.shape));
    const decoder = await compile({ host, outputs: { pictures }, weights: frozen.autoencoder });
    const unscaled = { ...latents, data: latents.data.map((value) => value / scale) };
    const decoded = await decoder.run({ latents: unscaled });
    await decoder.close();
    return decoded.pictures as NdArray<"f32">;
  }

  return { draw, close: () => denoiser.close() };
}

function halves({ data, shape }: NdArray<"f32">): [Latents, Latents] {
  const half = [shape[0]! / 2, ...shape.slice(1)];
  return [ndarray(data.slice(0, data.length / 2), half), ndarray(data.slice(data.length / 2), half)];
}
