import { lowRankAdaptation } from "./adaptation.ts";
import type { LoraConfig } from "./config.ts";
import { type Denoising, denoisingTraining } from "./denoising.ts";
import type { Surroundings, Training } from "./loop.ts";
import { noisePrediction } from "./noise-prediction.ts";
import { openWholeModel } from "./whole-model.ts";

/** Attention's projections under the names of diffusers and transformers. */
const projection = /\.(to_q|to_k|to_v|to_out\.0|q_proj|k_proj|v_proj|out_proj)$/;

/** Low-rank adaptation of a denoiser to other pictures. The model itself stays as it is. */
export async function loraTraining(config: LoraConfig, surroundings: Surroundings): Promise<Training> {
  const { rank, alpha, seed, layers, text: withText, out, precision } = config;
  const { host } = surroundings;
  const whole = await openWholeModel(host, config.model);
  const { unet, text } = whole;
  const { params, starting, adapt, save } = lowRankAdaptation({
    rank,
    alpha,
    seed,
    parts: { unet: unet.parameters, ...(withText && { te: text.parameters }) },
    chosen: (module) => layers === "all" || projection.test(module),
  });
  const model: Denoising = {
    ...whole,
    params,
    starting,
    said: (latents, timesteps, ids) => adapt(unet.forward(latents, timesteps, text.forward(ids).hidden)),
    save: (learned) => save(host, `${out}/lora.safetensors`, learned, precision),
  };
  return denoisingTraining(config, model, noisePrediction(config, model), surroundings);
}
