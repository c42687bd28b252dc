import { input, type Tensor } from "../graph/index.ts";
import { PatchDiscriminator } from "../models/discriminator/index.ts";
import { parseTrunkConfig, Trunk } from "../models/trunk/index.ts";
import { Autoencoder, autoencoderConfigToJson, parseAutoencoderConfig } from "../models/vae/index.ts";
import { normal } from "../random/philox.ts";
import type { Host } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import { adamW, decayMatrices } from "./adamw.ts";
import { autoencoderObjective } from "./autoencoder-objective.ts";
import { type AutoencoderConfig, rateOf } from "./config.ts";
import { shapeOf } from "./data/config.ts";
import { emaDecay } from "./ema.ts";
import { initialWeights } from "./init.ts";
import { LiveGraph, weightsInMemory } from "./live-graph.ts";
import type { Surroundings, Training } from "./loop.ts";
import { learningRate } from "./lr.ts";
import { openSource, readWeights, startingWeights, writeModel } from "./model-files.ts";
import { muonAt } from "./muon.ts";
import { first, pairsSheet } from "./sheet.ts";
import { initialState, trainedWeights } from "./state.ts";
import { type Trainer, trainStep } from "./step.ts";
import type { Group } from "./update.ts";

/** Rombach et al. 2022, section 3.1: reconstruction, a slight pull of the latents to N(0, 1), later a discriminator. */
export async function autoencoderTraining(
  config: AutoencoderConfig,
  { host, openData }: Surroundings,
): Promise<Training> {
  const { json, weights } = await openSource(host, config.model);
  const model = new Autoencoder(parseAutoencoderConfig(json));
  const starting = await startingWeights(model.parameters, weights, config.seed);
  const isTrained = (key: string): boolean => !config.freezeEncoder || /^(decoder|post_quant_conv)\./.test(key);
  const trained = new Map([...model.parameters].filter(([key]) => isTrained(key)));
  const judge = config.perceptual && (await openTrunk(host, config.perceptual.trunk));
  const frozen = new Map([...[...starting].filter(([key]) => !isTrained(key)), ...(judge?.weights ?? [])]);
  const { discriminator: adversary } = config;
  const discriminator =
    adversary &&
    new PatchDiscriminator({ channels: model.config.channels, width: adversary.channels, layers: adversary.layers });

  const { channels, latentChannels } = model.config;
  const { height, width } = shapeOf(config.data);
  const latentShape = [config.batch, latentChannels, height / model.factor, width / model.factor];
  const muon = muonAt(config.muon);
  const data = openData(config.data, { batch: config.batch, seed: config.seed });
  const latentSize = latentShape.reduce((a, b) => a * b);

  async function build(adversarial: boolean): Promise<Trainer> {
    const objective = autoencoderObjective(
      model,
      input("pixels", "f32", [config.batch, channels, height, width]),
      input("noise", "f32", latentShape),
      config,
      { discriminator: adversarial ? discriminator : undefined, features: judge?.features },
    );
    const optimizer = adamW({ betas: [0.9, 0.99], decay: decayMatrices(config.decay) });
    const clip = config.clip === undefined ? {} : { clip: config.clip };
    const generator: Group = {
      params: trained,
      loss: objective.generator,
      optimizer,
      muon,
      ema: emaDecay(config.ema),
      ...clip,
    };
    const groups: Record<string, Group> = { generator };
    if (objective.discriminator && discriminator && adversary) {
      groups.discriminator = {
        params: discriminator.parameters,
        loss: objective.discriminator,
        optimizer: adamW({ betas: [0.5, 0.9], decay: () => 0 }),
        start: adversary.start,
        ...clip,
      };
    }
    const { metrics } = objective;
    return trainStep({ host, groups, metrics, frozen: weightsInMemory(frozen), accumulate: config.accumulate });
  }

  let current: { readonly adversarial: boolean; readonly trainer: Trainer } | undefined;
  const rate = rateOf(config);
  let example: NdArray<"f32"> | undefined;
  const shown = Math.min(8, config.batch);
  const seen = input("pixels", "f32", [shown, channels, height, width]);
  const reconstruction = { made: model.decode(model.encode(seen).mean) };
  const reconstructed = new LiveGraph(host, reconstruction, trained, weightsInMemory(frozen));
  return {
    async initial() {
      const own = initialState(new Map([...starting].filter(([key]) => isTrained(key))), true, muon);
      const other = discriminator && initialState(initialWeights(discriminator.parameters, config.seed), false);
      return { ...own, ...other };
    },
    async trainer(step) {
      const adversarial = adversary !== undefined && step >= adversary.start;
      if (current?.adversarial !== adversarial) {
        await current?.trainer.close();
        current = { adversarial, trainer: await build(adversarial) };
      }
      return current.trainer;
    },
    async feeds(index) {
      const { pixels } = await data.batch(index);
      return { pixels: pixels!, noise: ndarray(normal(config.seed, index, latentSize), latentShape) };
    },
    rates(step) {
      const generator = learningRate(step, rate);
      return { generator, discriminator: adversary?.lr ?? generator };
    },
    async sheet(state) {
      example ??= first((await data.batch(0)).pixels as NdArray<"f32">, shown);
      const pixels = example;
      const { made } = await reconstructed.run({ pixels }, state);
      return pairsSheet(pixels, made as NdArray<"f32">);
    },
    async save(state) {
      const all = new Map([...starting, ...trainedWeights(state, trained)]);
      await writeModel(host, config.out, {
        name: "diffusion_pytorch_model",
        config: autoencoderConfigToJson(model.config),
        weights: all,
        precision: config.precision,
      });
    },
    async close() {
      await current?.trainer.close();
      await reconstructed.close();
      await data.close();
    },
  };
}

/** The trunk whose feature maps the perceptual distance compares; its weights never change. */
async function openTrunk(
  host: Host,
  folder: string,
): Promise<{ features(pictures: Tensor): Tensor[]; weights: ReadonlyMap<string, NdArray> }> {
  const directory = await openModelDirectory(host, folder);
  const trunk = new Trunk(parseTrunkConfig(await directory.json("config.json"), `${directory.path}/config.json`));
  const weights = await readWeights(trunk.parameters, await directory.weights(""));
  return { features: (pictures) => trunk.features(pictures), weights };
}
