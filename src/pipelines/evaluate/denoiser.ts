import { addNoise, type Latents, predict, type SchedulerSettings, stack } from "../../diffusion/index.ts";
import { picturesToTensor } from "../../image/tensor.ts";
import { normal } from "../../random/philox.ts";
import { elements, ndarray } from "../../runtime/ndarray.ts";
import { conditioned } from "../draw/conditioning.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { choose, type EvaluationProgress, type PictureSet, type Shown } from "./data.ts";

/** How well a denoiser sees latents through noise. */
export interface DenoisingFigures {
  readonly set: string;
  readonly pictures: number;
  readonly errors: readonly DenoisingError[];
}

/** At one level of noise. */
export interface DenoisingError {
  /** Of the training's; the more, the less is left of the picture. */
  readonly timestep: number;
  /** Squared error of the latents it says, as a share of their variance: given the picture's prompt, and the empty one. */
  readonly told: number;
  readonly untold: number;
}

/** Shares of the training's timesteps. */
const levels = [0.1, 0.3, 0.5, 0.7, 0.9] as const;
const mostPictures = 128;
/** Pictures that are denoised at once. */
const atOnce = 16;

/**
 * Teacher-forced denoising of real pictures: what the network does at each noise level, apart from what a sampler makes of
 * it, and how much of that it owes to the text.
 */
export async function* evaluateDenoiser(
  model: DiffusionModel,
  sets: readonly PictureSet[],
  seed: number,
): AsyncGenerator<EvaluationProgress, DenoisingFigures[]> {
  const scheduler = model.scheduler();
  const figures: DenoisingFigures[] = [];
  for (const { name, pictures } of sets) {
    const chosen = choose(pictures, Math.min(mostPictures, pictures.length), seed);
    const latents: Latents[] = [];
    const told: Latents[] = [];
    const untold: Latents[] = [];
    for (const [i, one] of chosen.entries()) {
      yield { label: `encoding ${name}`, done: i, total: chosen.length };
      latents.push(await encoded(model, one));
      const texts = await conditioned(model, { prompt: one.prompt, negative: "", steps: 1, skip: 0 })();
      told.push(texts.prompt);
      untold.push(texts.negative);
    }
    const numbers = chosen.length * latents[0]!.data.length * variance(latents);
    const errors: DenoisingError[] = [];
    for (const [k, level] of levels.entries()) {
      const timestep = Math.round(level * (scheduler.schedule.config.trainSteps - 1));
      let sums = { told: 0, untold: 0 };
      for (let start = 0; start < chosen.length; start += atOnce) {
        yield { label: `denoising ${name}`, done: k * chosen.length + start, total: levels.length * chosen.length };
        const some = (of: readonly Latents[]): Latents => stack(of.slice(start, start + atOnce));
        const clean = some(latents);
        const noise = ndarray(normal(seed, start, elements(clean.shape)), clean.shape);
        const error = (text: Latents): Promise<number> => squaredError(model, scheduler, clean, noise, timestep, text);
        sums = { told: sums.told + (await error(some(told))), untold: sums.untold + (await error(some(untold))) };
      }
      errors.push({ timestep, told: sums.told / numbers, untold: sums.untold / numbers });
    }
    figures.push({ set: name, pictures: chosen.length, errors });
  }
  return figures;
}

async function encoded(model: DiffusionModel, { picture }: Shown): Promise<Latents> {
  return (await model.encode(picturesToTensor([await picture(model.pictureSize)]))).mean;
}

/** Sum of squares of what the denoised latents are off. */
async function squaredError(
  model: DiffusionModel,
  { schedule, prediction }: SchedulerSettings,
  clean: Latents,
  noise: Latents,
  timestep: number,
  text: Latents,
): Promise<number> {
  const level = schedule.at(timestep);
  const noisy = addNoise(clean, noise, level);
  const { denoised } = predict(prediction, await model.denoise(noisy, timestep, text), noisy, level);
  return denoised.data.reduce((sum, value, i) => sum + (value - clean.data[i]!) ** 2, 0);
}

function variance(latents: readonly Latents[]): number {
  let [count, sum, squares] = [0, 0, 0];
  for (const { data } of latents) {
    for (const value of data) {
      sum += value;
      squares += value * value;
    }
    count += data.length;
  }
  return squares / count - (sum / count) ** 2;
}
