import { UserError } from "../errors.ts";
import { parameter, zeros } from "../nn/index.ts";
import { ints, type NdArray, ndarray } from "../runtime/ndarray.ts";
import { chunksOf } from "../text/chunks.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import type { EmbeddingConfig } from "./config.ts";
import type { Tokenize } from "./data/data-set.ts";
import { type Denoising, denoisingTraining } from "./denoising.ts";
import type { Surroundings, Training } from "./loop.ts";
import { stored } from "./model-files.ts";
import { noisePrediction } from "./noise-prediction.ts";
import { openWholeModel } from "./whole-model.ts";

const key = "learned";

/** Textual inversion: Gal et al. 2022. Of a model that stays as it is, vectors for a new word are learned. */
export async function embeddingTraining(config: EmbeddingConfig, surroundings: Surroundings): Promise<Training> {
  const { word, vectors, out, precision } = config;
  const { host } = surroundings;
  const whole = await openWholeModel(host, config.model);
  const { unet, text, tokenizer, frozen } = whole;
  const { width, vocabulary } = text.config;
  const words = new Map([[word.toLowerCase(), Array.from({ length: vectors }, (_, i) => vocabulary + i)]]);
  const tokenize: Tokenize = (captions) =>
    ints(
      captions.flatMap((caption) => chunksOf(tokenizer, [[{ text: caption, weight: 1 }]], words)[0]!.ids),
      [captions.length, tokenizer.length],
    );
  const learned = parameter([vectors, width], zeros);
  learned.name = key;
  const known = tokenizer.encode(config.start);
  if (known.length === 0) throw new UserError(`"start" is ${JSON.stringify(config.start)}, which names no known words`);
  const table = frozen.get("text_model.embeddings.token_embedding.weight") as NdArray<"f32">;
  const start = new Float32Array(vectors * width);
  for (let i = 0; i < vectors; i++) {
    const id = known[i % known.length]!;
    start.set(table.data.subarray(id * width, (id + 1) * width), i * width);
  }
  const model: Denoising = {
    ...whole,
    tokenize,
    params: new Map([[key, learned]]),
    starting: new Map([[key, ndarray(start, [vectors, width])]]),
    said: (latents, timesteps, ids) => unet.forward(latents, timesteps, text.forward(ids, 0, learned).hidden),
    save: (arrays) =>
      writeSafetensors(
        host,
        `${out}/learned_embeds.safetensors`,
        stored(new Map([[word, arrays.get(key)!]]), precision),
      ),
  };
  return denoisingTraining(config, model, noisePrediction(config, model), surroundings);
}
