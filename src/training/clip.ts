import { UserError } from "../errors.ts";
import { input } from "../graph/index.ts";
import { Clip, clipConfigToJson, parseClipConfig } from "../models/clip/index.ts";
import { Trunk, trunkConfigToJson } from "../models/trunk/index.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import type { Json } from "../weights/model-directory.ts";
import { adamW, decayMatrices } from "./adamw.ts";
import { type ClipConfig, edgeOf, rateOf } from "./config.ts";
import { emaDecay } from "./ema.ts";
import { initialWeights } from "./init.ts";
import type { Surroundings, Training } from "./loop.ts";
import { contrastive } from "./losses.ts";
import { learningRate } from "./lr.ts";
import { openSource, startingWeights, writeJson, writeModel } from "./model-files.ts";
import { initialState, trainedWeights } from "./state.ts";
import { trainStep } from "./step.ts";
import { copyTokenizer, tokenizeWith } from "./tokens.ts";
import type { Group } from "./update.ts";

/**
 * Contrastive training of both towers: Radford et al. 2021, with the hyper-parameters of open_clip. A trunk, where the
 * config asks for one, learns beside them to see what the text tower says.
 */
export async function clipTraining(config: ClipConfig, { host, openData }: Surroundings): Promise<Training> {
  const { json, weights } = await openSource(host, config.model);
  const model = new Clip(parseClipConfig(json));
  const { text, vision, projection } = model.config;
  const tokenizer = await loadTokenizer(host, config.tokenizer);
  if (tokenizer.length !== text.positions || edgeOf(config) !== vision.imageSize) {
    throw new UserError(
      `the model reads ${text.positions} tokens and pictures of ${vision.imageSize} pixels, but ${config.tokenizer} ` +
        `makes ${tokenizer.length} tokens and the data pictures of ${edgeOf(config)}: make them agree`,
    );
  }
  const data = openData(config.data, { batch: config.batch, seed: config.seed, tokenize: tokenizeWith(tokenizer) });
  const starting = await startingWeights(model.parameters, weights, config.seed);
  const trunk = config.trunk && new Trunk({ widths: config.trunk, projection });

  const pixels = input("pixels", "f32", [config.batch, 3, vision.imageSize, vision.imageSize]);
  const said = model.encodeText(input("ids", "i64", [config.batch, text.positions]));
  const { loss, accuracy } = contrastive(model.encodeImage(pixels), said, model.logitScale);
  const shared = {
    optimizer: adamW({ betas: [0.9, 0.98], epsilon: 1e-6, decay: decayMatrices(config.decay) }),
    ema: emaDecay(config.ema),
    ...(config.clip !== undefined && { clip: config.clip }),
  };
  const groups: Record<string, Group> = {
    clip: { params: model.parameters, loss, clamp: { logit_scale: [0, Math.log(100)] }, ...shared },
  };
  const seen = trunk && contrastive(trunk.forward(pixels), said.detach(), model.logitScale.detach());
  if (seen && trunk) groups.trunk = { params: trunk.parameters, loss: seen.loss, ...shared };
  const trainer = await trainStep({
    host,
    groups,
    metrics: {
      loss,
      accuracy,
      scale: model.logitScale.exp(),
      ...(seen && { trunk: seen.loss, trunkAccuracy: seen.accuracy }),
    },
    accumulate: config.accumulate,
  });
  const rate = rateOf(config);
  return {
    async initial() {
      const trunkState = trunk && initialState(initialWeights(trunk.parameters, config.seed), true);
      return { ...initialState(starting, true), ...trunkState };
    },
    trainer: async () => trainer,
    feeds: (index) => data.batch(index),
    rates: (step) => ({ clip: learningRate(step, rate), trunk: learningRate(step, rate) }),
    async save(state) {
      const { out, precision } = config;
      await writeModel(host, out, {
        name: "model",
        config: clipConfigToJson(model.config),
        weights: trainedWeights(state, model.parameters),
        precision,
      });
      await writeJson(host, `${out}/preprocessor_config.json`, preprocessing(vision.imageSize));
      await copyTokenizer(host, config.tokenizer, out);
      if (!trunk) return;
      await writeModel(host, `${out}/trunk`, {
        name: "model",
        config: trunkConfigToJson(trunk.config),
        weights: trainedWeights(state, trunk.parameters),
        precision,
      });
    },
    async close() {
      await trainer.close();
      await data.close();
    },
  };
}

/** Pictures as the training saw them: [0, 255] to [−1, 1]. */
const preprocessing = (size: number): Json => ({
  crop_size: { height: size, width: size },
  do_center_crop: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_processor_type: "CLIPImageProcessor",
  image_std: [0.5, 0.5, 0.5],
  resample: 3,
  rescale_factor: 1 / 255,
  size: { shortest_edge: size },
});
