import { input } from "../graph/index.ts";
import { rewrite } from "../graph/rewrite.ts";
import { fewStepsFile } from "../weights/lora.ts";
import { lowRankAdaptation } from "./adaptation.ts";
import type { DistilConfig } from "./config.ts";
import { consistency, type Says } from "./consistency.ts";
import { type Denoising, denoisingTraining } from "./denoising.ts";
import type { Surroundings, Training } from "./loop.ts";
import { openWholeModel } from "./whole-model.ts";

/** Layers of the U-Net's blocks: what LCM-LoRAs change, and all that diffusers finds by kohya's names. */
const inBlocks = /^(down_blocks|mid_block|up_blocks)\./;

/** LCM-LoRA: Luo et al. 2023, "A universal acceleration module". A model learns to draw in a few steps what it draws in many. */
export async function distilTraining(config: DistilConfig, surroundings: Surroundings): Promise<Training> {
  const { rank, alpha, seed, out, precision } = config;
  const { host } = surroundings;
  const whole = await openWholeModel(host, config.model);
  const { unet, text } = whole;
  const { params, starting, adapt, save } = lowRankAdaptation({
    rank,
    alpha,
    seed,
    parts: { unet: unet.parameters },
    chosen: (module) => inBlocks.test(module),
  });
  const teacher: Says = (latents, timesteps, hidden) => unet.forward(latents, timesteps, hidden);
  const student: Says = (...given) => {
    // What is given may come from the teacher, whose layers have no branches.
    const places = given.map((x, i) => input(`student ${i}`, x.dtype, x.shape)) as unknown as Parameters<Says>;
    return rewrite([adapt(teacher(...places))], (x) => given[places.indexOf(x)] ?? x)[0]!;
  };
  const model: Denoising = {
    ...whole,
    params,
    starting,
    said: (latents, timesteps, ids) => student(latents, timesteps, text.forward(ids).hidden),
    save: (learned) => save(host, `${out}/${fewStepsFile}`, learned, precision),
  };
  return denoisingTraining(config, model, consistency(config, { ...model, teacher, student }), surroundings);
}
