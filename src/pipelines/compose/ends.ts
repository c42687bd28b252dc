import { lerp } from "../../diffusion/index.ts";
import { type Condition, conditionBetween, conditionOf } from "../draw/condition.ts";
import { type Noise, noiseBetween, seededNoise } from "../draw/noise.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { tempoIn } from "./asked-tempo.ts";
import type { Manner } from "./request.ts";

/** What a stretch of music is drawn from. */
export interface Origin {
  readonly condition: Condition;
  readonly noise: Noise;
}

/** A prompt with the tempo, unless it names one. */
export const withTempo = (prompt: string, bpm: number | undefined): string =>
  bpm === undefined || tempoIn(prompt) !== undefined ? prompt : `${prompt}${prompt === "" ? "" : ", "}${bpm} bpm`;

export async function originOf(model: DiffusionModel, manner: Manner, prompt: string, seed: number): Promise<Origin> {
  const { defaults } = model;
  const { negative = "", steps = defaults.steps, guidance = defaults.guidance, clipSkip = 1, bpm } = manner;
  const wording = { prompt: withTempo(prompt, bpm), negative, steps, skip: clipSkip - 1 };
  return { condition: await conditionOf(model, wording, guidance), noise: seededNoise(seed) };
}

/** Along a row of origins, of which the first is at 0, the next at 1: straight between texts, along the circle between noises. */
export function originAt(origins: readonly Origin[], position: number): Origin {
  const last = origins.length - 1;
  const k = Math.min(Math.max(Math.floor(position), 0), Math.max(last - 1, 0));
  const [a, b] = [origins[k]!, origins[Math.min(k + 1, last)]!];
  const t = Math.min(Math.max(position - k, 0), 1);
  return {
    condition: conditionBetween(a.condition, b.condition, t, lerp),
    noise: noiseBetween(a.noise, b.noise, t),
  };
}
