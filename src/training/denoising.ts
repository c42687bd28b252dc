import { NoiseSchedule, type Sampler, STABLE_DIFFUSION } from "../diffusion/index.ts";
import { UserError } from "../errors.ts";
import type { Tensor } from "../graph/index.ts";
import type { ClipText } from "../models/clip/index.ts";
import type { UNet } from "../models/unet/index.ts";
import type { Autoencoder } from "../models/vae/index.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import type { Weights } from "../weights/weights.ts";
import { adamW, decayMatrices } from "./adamw.ts";
import { type DenoisingConfig, rateOf } from "./config.ts";
import { type Cache, openCache } from "./data/cache.ts";
import { shapeOf } from "./data/config.ts";
import type { Tokenize } from "./data/data-set.ts";
import { diffusionSheet } from "./diffusion-sheet.ts";
import { emaDecay } from "./ema.ts";
import { encodePictures, encoderHash, measuredScale } from "./latents.ts";
import { weightsInMemory } from "./live-graph.ts";
import type { Feeds, Surroundings, Training } from "./loop.ts";
import { learningRate } from "./lr.ts";
import { muonAt } from "./muon.ts";
import type { LatentForm } from "./noised.ts";
import { initialState, type TrainState, trainedWeights } from "./state.ts";
import { type Trainer, trainStep } from "./step.ts";

/** Pictures that are encoded at a time. */
const encodingBatch = 32;

/** A latent diffusion model of which something learns. */
export interface Denoising {
  readonly unet: UNet;
  readonly text: ClipText;
  readonly autoencoder: Autoencoder;
  readonly prediction: "epsilon" | "v_prediction";
  /** Latents are this times what the autoencoder gives; measured without. */
  readonly scale: number | undefined;
  readonly tokenize: Tokenize;
  /** What learns, by key, and what it starts from. */
  readonly params: ReadonlyMap<string, Tensor>;
  readonly starting: ReadonlyMap<string, NdArray>;
  /** Data of the parameters of U-Net and text tower that do not learn, and of the autoencoder's. */
  readonly frozen: ReadonlyMap<string, NdArray>;
  readonly autoencoderWeights: ReadonlyMap<string, NdArray>;
  /** The autoencoder's as they are stored: what latents were encoded with before. */
  readonly autoencoderFiles: Weights;
  /** What the U-Net says of latents at timesteps (n), told the texts of ids (n l). */
  said(latents: Tensor, timesteps: Tensor, ids: Tensor): Tensor;
  /** Writes what was learned. */
  save(learned: ReadonlyMap<string, NdArray>, scale: number): Promise<void>;
}

/** What there is to learn, and how samples show it. */
export interface Lesson {
  /** The loss and what is reported beside it, of inputs that `feeds` gives. */
  objective(form: LatentForm): { readonly loss: Tensor; readonly metrics: Record<string, Tensor> };
  /** What one step is fed with: encoded pictures and their captions' ids, and all that is drawn for the batch's number. */
  feeds(encoded: Feeds, index: number, schedule: NoiseSchedule): Feeds;
  readonly samples: { readonly sampler: Sampler; readonly steps: number; readonly guidance: number };
}

/** Token ids of a text. */
export const idsOf = (tokenize: Tokenize, text: string): number[] => Array.from(tokenize([text]).data, Number);

/** Trains something of a denoiser on latents of pictures under their captions. */
export async function denoisingTraining(
  config: DenoisingConfig,
  model: Denoising,
  { objective, feeds, samples }: Lesson,
  { host, openData }: Surroundings,
): Promise<Training> {
  const { unet, autoencoder, prediction, tokenize, params } = model;
  const { height, width } = shapeOf(config.data);
  checkSizes(model, height, width);
  const latentShape = [unet.config.in, height / autoencoder.factor, width / autoencoder.factor];
  const { batch, seed } = config;
  const muon = muonAt(config.muon);
  const folder = config.cache ?? `${config.out}/latents`;
  const { workers: _, ...data } = config.data;
  const origin = JSON.stringify({ data, seed, autoencoder: await encoderHash(model.autoencoderFiles) });
  const schedule = new NoiseSchedule(STABLE_DIFFUSION);
  const frozen = { denoiser: weightsInMemory(model.frozen), autoencoder: weightsInMemory(model.autoencoderWeights) };

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
    const scale = model.scale ?? (await measuredScale(host, folder));
    const { loss, metrics } = objective({ batch, shape: latentShape, scale });
    const trainer = await trainStep({
      host,
      groups: {
        unet: {
          params,
          loss,
          optimizer: adamW({ decay: decayMatrices(config.decay) }),
          muon,
          ema: emaDecay(config.ema),
          ...(config.clip !== undefined && { clip: config.clip }),
        },
      },
      metrics,
      frozen: frozen.denoiser,
      accumulate: config.accumulate,
    });
    const texts = { empty: idsOf(tokenize, ""), prompts: config.prompts.map((prompt) => idsOf(tokenize, prompt)) };
    const { said } = model;
    const drawing = { host, said, params, autoencoder, frozen, schedule, latentShape, prediction, scale };
    const sheet = diffusionSheet({ ...drawing, ...texts, ...samples });
    return { cache, scale, trainer, sheet };
  };
  const encoded = (): Promise<Encoded> => {
    opened ??= open();
    return opened;
  };

  const rate = rateOf(config);
  return {
    async *prepare(signal) {
      const data = openData(config.data, { batch: encodingBatch, seed, tokenize });
      const given = { host, autoencoder, weights: frozen.autoencoder, data, batch: encodingBatch, height, width };
      try {
        yield* encodePictures({ ...given, folder, origin, pictures: config.pictures, signal });
      } finally {
        await data.close();
      }
    },
    initial: async () => initialState(model.starting, true, muon),
    trainer: async () => (await encoded()).trainer,
    feeds: async (index) => feeds(await (await encoded()).cache.batch(index), index, schedule),
    rates: (step) => ({ unet: learningRate(step, rate) }),
    sheet: async (state) => (await encoded()).sheet.draw(state),
    save: async (state: TrainState) => model.save(trainedWeights(state, params), (await encoded()).scale),
    async close() {
      if (!opened) return;
      const { trainer, sheet, cache } = await opened;
      await Promise.all([trainer.close(), sheet.close(), cache.close()]);
    },
  };
}

function checkSizes({ unet, autoencoder, text }: Denoising, height: number, width: number): void {
  const { in: channels, sampleSize, context } = unet.config;
  const { factor, config } = autoencoder;
  const agree = (what: string, has: number, needs: number, whose: string): void => {
    if (has !== needs) throw new UserError(`the U-Net's ${what} is ${has}, but ${whose} is ${needs}: make them equal`);
  };
  agree("in_channels", channels, config.latentChannels, "the autoencoder's latent_channels");
  if (width % factor !== 0)
    throw new UserError(`the pictures are ${width} pixels wide, but must be a multiple of ${factor}`);
  agree("sample_size", sampleSize, height / factor, "the height of an encoded picture");
  agree("cross_attention_dim", context, text.config.width, "the width of the CLIP's text tower");
}
