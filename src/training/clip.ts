import { UserError } from "../errors.ts";
import { input } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { Clip, clipConfigToJson, patchesOf } from "../models/clip/index.ts";
import { Trunk, trunkConfigToJson } from "../models/trunk/index.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import type { Json } from "../weights/model-directory.ts";
import { adamW, decayMatrices } from "./adamw.ts";
import { cachedStep, wholeBatch } from "./cached-step.ts";
import { clipEvaluation } from "./clip-evaluation.ts";
import { type ClipSource, coloured, openClipSource } from "./clip-source.ts";
import { type ClipConfig, rateOf } from "./config.ts";
import { emaDecay } from "./ema.ts";
import { initialWeights } from "./init.ts";
import { weightsInMemory } from "./live-graph.ts";
import type { Surroundings, Training } from "./loop.ts";
import { contrastive } from "./losses.ts";
import { learningRate } from "./lr.ts";
import { patchesLeft, tokensLeft } from "./masked.ts";
import { writeJson, writeModel } from "./model-files.ts";
import { muonAt } from "./muon.ts";
import { initialState, trainedWeights } from "./state.ts";
import { trainStep } from "./step.ts";
import { copyTokenizer, tokenizeWith } from "./tokens.ts";
import type { Group } from "./update.ts";

/**
 * Contrastive training of both towers: Radford et al. 2021, with the hyper-parameters of open_clip. A trunk, where the
 * config asks for one, learns beside them to see what the text tower says.
 */
export async function clipTraining(config: ClipConfig, surroundings: Surroundings): Promise<Training> {
  const { host, openData } = surroundings;
  const source = await openClipSource(host, config);
  const model = new Clip(source.config);
  const { text, vision, projection } = model.config;
  const tokenizer = await loadTokenizer(source.tokenizer.files, source.tokenizer.folder);
  if (tokenizer.length !== text.positions)
    throw new UserError(
      `the model reads ${text.positions} tokens, but ${source.tokenizer.folder} makes ${tokenizer.length}: make them agree`,
    );
  const { batch, slice = batch } = config;
  const tokenize = tokenizeWith(tokenizer);
  const data = openData(config.data, { batch: slice, seed: config.seed, tokenize });
  const starting = source.weights ?? initialWeights(model.parameters, config.seed);
  const isFrozen = (key: string): boolean => config.freeze !== undefined && towers[config.freeze].test(key);
  const params = new Map([...model.parameters].filter(([key]) => !isFrozen(key)));
  const frozenWeights = new Map([...starting].filter(([key]) => isFrozen(key)));
  const frozen = weightsInMemory(frozenWeights);
  const trunk = config.trunk && new Trunk({ widths: config.trunk, projection });

  const patches = patchesOf(vision);
  const left = patchesLeft(patches, config.masked);
  const masking = left < patches && { seed: config.seed, batch: slice, patches, left };
  const colours = (pixels: Tensor): Tensor => coloured(pixels, source.colours);
  const pixels = input("pixels", "f32", [slice, 3, vision.imageSize, vision.imageSize]);
  const features = {
    said: model.encodeText(input("ids", "i64", [slice, text.positions])),
    image: model.encodeImage(colours(pixels), masking ? input("left", "i64", [slice, 1 + left]) : undefined),
    ...(trunk && { trunk: trunk.forward(pixels) }),
  };
  const whole = slice < batch ? wholeBatch(features, batch / slice) : features;
  const { loss, accuracy } = contrastive(whole.image!, whole.said!, model.logitScale);
  const muon = muonAt(config.muon);
  const shared = {
    optimizer: adamW({ betas: [0.9, 0.98], epsilon: 1e-6, decay: decayMatrices(config.decay) }),
    muon,
    ema: emaDecay(config.ema),
    ...(config.clip !== undefined && { clip: config.clip }),
  };
  const groups: Record<string, Group> = {
    clip: { params, loss, clamp: { logit_scale: [0, Math.log(100)] }, ...shared },
  };
  const seen = whole.trunk && contrastive(whole.trunk, whole.said!.detach(), model.logitScale.detach());
  if (seen && trunk) groups.trunk = { params: trunk.parameters, loss: seen.loss, ...shared };
  const step = {
    host,
    groups,
    metrics: {
      loss,
      accuracy,
      scale: model.logitScale.exp(),
      ...(seen && { trunk: seen.loss, trunkAccuracy: seen.accuracy }),
    },
    frozen,
    accumulate: config.accumulate,
  };
  const trainer = await (slice < batch ? cachedStep({ ...step, features, whole }) : trainStep(step));
  const evaluation =
    config.evaluate && clipEvaluation(config.evaluate, surroundings, { model, params, frozen, colours, tokenize });
  const rate = rateOf(config);
  return {
    async initial() {
      const trunkState = trunk && initialState(initialWeights(trunk.parameters, config.seed), true, muon);
      const trained = new Map([...starting].filter(([key]) => !isFrozen(key)));
      return { ...initialState(trained, true, muon), ...trunkState };
    },
    trainer: async () => trainer,
    async feeds(index) {
      return { ...(await data.batch(index)), ...(masking && { left: tokensLeft(masking, index) }) };
    },
    slices: batch / slice,
    ...(evaluation && { evaluation }),
    rates: (step) => ({ clip: learningRate(step, rate), trunk: learningRate(step, rate) }),
    async save(state) {
      const { out, precision } = config;
      await writeModel(host, out, {
        name: "model",
        config: clipConfigToJson(model.config),
        weights: new Map([...trainedWeights(state, params), ...frozenWeights]),
        precision,
      });
      await writeJson(host, `${out}/preprocessor_config.json`, preprocessing(vision.imageSize, source.colours));
      await copyTokenizer(host, source.tokenizer.folder, out, source.tokenizer.files);
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
      await evaluation?.close();
      await data.close();
    },
  };
}

/** Keys of what can be frozen. */
const towers = { image: /^(vision_model|visual_projection)\./, text: /^(text_model|text_projection)\./ };

/** Pictures as the training saw them. */
const preprocessing = (size: number, { mean, std }: ClipSource["colours"]): Json => ({
  crop_size: { height: size, width: size },
  do_center_crop: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: mean,
  image_processor_type: "CLIPImageProcessor",
  image_std: std,
  resample: 3,
  rescale_factor: 1 / 255,
  size: { shortest_edge: size },
});
