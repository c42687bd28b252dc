import { NoiseSchedule, STABLE_DIFFUSION } from "../diffusion/index.ts";
import { UserError } from "../errors.ts";
import { input, type Tensor } from "../graph/index.ts";
import { ClipText, parseClipConfig } from "../models/clip/index.ts";
import { parseUNetConfig, UNet } from "../models/unet/index.ts";
import { Autoencoder, parseAutoencoderConfig } from "../models/vae/index.ts";
import { loadTokenizer } from "../text/tokenizer-files.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import { adamW, decayMatrices } from "./adamw.ts";
import { tokenizerOf, trainedWith } from "./around.ts";
import { type DiffusionConfig, rateOf } from "./config.ts";
import { type Cache, openCache } from "./data/cache.ts";
import { shapeOf } from "./data/config.ts";
import { diffusionFeeds } from "./diffusion-feeds.ts";
import { writePipeline } from "./diffusion-files.ts";
import { diffusionSheet } from "./diffusion-sheet.ts";
import { emaDecay } from "./ema.ts";
import { encodePictures, encoderHash, measuredScale } from "./latents.ts";
import { weightsInMemory } from "./live-graph.ts";
import type { Surroundings, Training } from "./loop.ts";
import { learningRate } from "./lr.ts";
import { openSource, readParameters, readWeights, startingWeights } from "./model-files.ts";
import { initialState, trainedWeights } from "./state.ts";
import { type Trainer, trainStep } from "./step.ts";
import { tokenizeWith } from "./tokens.ts";

/** Pictures that are encoded at a time. */
const encodingBatch = 32;

/** Rombach et al. 2022, section 3.2: a denoiser of latents that is told the text. */
export async function diffusionTraining(config: DiffusionConfig, { host, openData }: Surroundings): Promise<Training> {
  const { json, weights } = await openSource(host, config.model);
  const unet = new UNet(parseUNetConfig(json));
  const eyes = await openModelDirectory(host, config.autoencoder);
  const autoencoder = new Autoencoder(
    parseAutoencoderConfig(await eyes.json("config.json"), `${eyes.path}/config.json`),
  );
  const eyeWeights = await eyes.weights("");
  const clip = await openModelDirectory(host, config.clipModel);
  const text = new ClipText(parseClipConfig(await clip.json("config.json"), `${clip.path}/config.json`).text);
  const textWeights = await readParameters(text.parameters, await clip.weights(""));
  const tokenizerFolder = await tokenizerOf(host, config.clipModel);
  const tokenizer = await loadTokenizer(host, tokenizerFolder);
  const before = await trainedWith(host, config.model);
  if (before && before.prediction !== config.prediction)
    throw new UserError(`${config.model} was trained to predict ${before.prediction}: make "prediction" the same`);
  checkSizes(config, unet, autoencoder, text);
  const { height, width } = shapeOf(config.data);
  const latentShape = [unet.config.in, height / autoencoder.factor, width / autoencoder.factor];

  const { batch, seed } = config;
  const folder = config.cache ?? `${config.out}/latents`;
  const { workers: _, ...samples } = config.data;
  const origin = JSON.stringify({ data: samples, seed, autoencoder: await encoderHash(eyeWeights) });
  const schedule = new NoiseSchedule(STABLE_DIFFUSION);
  const empty = tokenizer.tokenize("").ids;
  const starting = await startingWeights(unet.parameters, weights, seed);
  const autoencoderWeights = await readWeights(autoencoder.parameters, eyeWeights);
  const frozen = { text: weightsInMemory(textWeights), autoencoder: weightsInMemory(autoencoderWeights) };

  /** What is known once the pictures are encoded. */
  interface Encoded {
    readonly cache: Cache;
    readonly scale: number;
    readonly trainer: Trainer;
    readonly sheet: ReturnType<typeof diffusionSheet>;
  }
  let opened: Promise<Encoded> | undefined;
  const open = async (): Promise<Encoded> => {
    const cache = await openCache(host, folder, { batch, seed, origin });
    const scale = before?.scale ?? (await measuredScale(host, folder));
    const { loss, metrics } = objective(unet, text, config, latentShape, scale);
    const trainer = await trainStep({
      host,
      groups: {
        unet: {
          params: unet.parameters,
          loss,
          optimizer: adamW({ decay: decayMatrices(config.decay) }),
          ema: emaDecay(config.ema),
          ...(config.clip !== undefined && { clip: config.clip }),
        },
      },
      metrics,
      frozen: frozen.text,
      accumulate: config.accumulate,
    });
    const { prediction, guidance } = config;
    const prompts = config.prompts.map((prompt) => tokenizer.tokenize(prompt).ids);
    const models = { host, unet, text, autoencoder, frozen, schedule, latentShape };
    const sheet = diffusionSheet({ ...models, prediction, guidance, empty, prompts, scale });
    return { cache, scale, trainer, sheet };
  };
  const encoded = (): Promise<Encoded> => {
    opened ??= open();
    return opened;
  };

  const rate = rateOf(config);
  return {
    async *prepare(signal) {
      const tokenize = tokenizeWith(tokenizer);
      const data = openData(config.data, { batch: encodingBatch, seed, tokenize });
      const given = {
        host,
        autoencoder,
        weights: frozen.autoencoder,
        data,
        batch: encodingBatch,
        height,
        width,
        signal,
      };
      try {
        yield* encodePictures({ ...given, folder, origin, pictures: config.pictures });
      } finally {
        await data.close();
      }
    },
    initial: async () => initialState(starting, true),
    trainer: async () => (await encoded()).trainer,
    feeds: async (index) => diffusionFeeds(await (await encoded()).cache.batch(index), index, config, schedule, empty),
    rates: (step) => ({ unet: learningRate(step, rate) }),
    sheet: async (state) => (await encoded()).sheet.draw(state),
    async save(state) {
      await writePipeline(host, config, {
        tokenizerFolder,
        unet,
        weights: trainedWeights(state, unet.parameters),
        text,
        textWeights,
        autoencoder,
        autoencoderWeights,
        scale: (await encoded()).scale,
      });
    },
    async close() {
      if (!opened) return;
      const { trainer, sheet, cache } = await opened;
      await Promise.all([trainer.close(), sheet.close(), cache.close()]);
    },
  };
}

/** Ho et al. 2020, algorithm 1, on latents: inputs as `diffusionFeeds` makes them. */
function objective(
  unet: UNet,
  text: ClipText,
  { batch, prediction }: DiffusionConfig,
  shape: readonly number[],
  scale: number,
): { loss: Tensor; metrics: Record<string, Tensor> } {
  const latents = (name: string): Tensor => input(name, "f32", [batch, ...shape]);
  const column = (name: string): Tensor => input(name, "f32", [batch, 1, 1, 1]);
  const deviation = latents("logvar").mul(0.5).exp();
  const clean = latents("mean")
    .add(deviation.mul(latents("posteriorNoise")))
    .mul(scale);
  const noise = latents("noise");
  const [alpha, sigma] = [column("alpha"), column("sigma")];
  const noisy = clean.mul(alpha).add(noise.mul(sigma));
  const target = prediction === "epsilon" ? noise : noise.mul(alpha).sub(clean.mul(sigma));
  const { hidden } = text.forward(input("ids", "i64", [batch, text.config.positions]));
  const error = unet
    .forward(noisy, input("timesteps", "i64", [batch]), hidden)
    .sub(target)
    .square();
  const loss = error.mul(column("weight")).mean();
  return { loss, metrics: { loss, mse: error.mean() } };
}

function checkSizes(config: DiffusionConfig, unet: UNet, autoencoder: Autoencoder, text: ClipText): void {
  const { in: channels, sampleSize, context } = unet.config;
  const agree = (what: string, has: number, needs: number, whose: string): void => {
    if (has !== needs) throw new UserError(`the U-Net's ${what} is ${has}, but ${whose} is ${needs}: make them equal`);
  };
  agree("in_channels", channels, autoencoder.config.latentChannels, `latent_channels of ${config.autoencoder}`);
  const { height, width } = shapeOf(config.data);
  if (width % autoencoder.factor !== 0)
    throw new UserError(`the pictures are ${width} pixels wide, but must be a multiple of ${autoencoder.factor}`);
  agree("sample_size", sampleSize, height / autoencoder.factor, "the height of an encoded picture");
  agree("cross_attention_dim", context, text.config.width, `the text width of ${config.clipModel}`);
}
