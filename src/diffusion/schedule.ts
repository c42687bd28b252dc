import { UserError } from "../errors.ts";

/** A point of the noising process: x = alpha · clean + sigma · noise with alpha² + sigma² = 1. */
export interface Level {
  /** What the network is told, 0 … trainSteps − 1; fractional between trained levels. */
  readonly timestep: number;
  readonly alpha: number;
  readonly sigma: number;
}

/** The end of sampling: no noise. */
export const CLEAN: Level = { timestep: 0, alpha: 1, sigma: 0 };

/** Noise over signal, σ/α: the σ of Karras et al. 2022. Infinite where nothing of the picture is left. */
export const noiseRatio = ({ alpha, sigma }: Level): number => sigma / alpha;

/** Half the logarithmic signal-to-noise ratio, ln(α/σ): the λ of the DPM-Solver papers. */
export const logSnr = ({ alpha, sigma }: Level): number => Math.log(alpha / sigma);

export type BetaSchedule = "linear" | "scaled_linear" | "squaredcos_cap_v2";

export interface NoiseScheduleConfig {
  readonly trainSteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: BetaSchedule;
  /** Shift √ᾱ so that the last trained level is pure noise: Lin et al. 2024, algorithm 1. */
  readonly zeroTerminalSnr?: boolean;
}

/** Stable Diffusion's, in CompVis' configs called "linear". */
export const STABLE_DIFFUSION: NoiseScheduleConfig = {
  trainSteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: "scaled_linear",
};

/** The noise levels that a model was trained on. */
export class NoiseSchedule {
  readonly config: NoiseScheduleConfig;
  /** ᾱ by timestep: how much of the picture's variance is left. */
  readonly alphaBar: Float64Array;

  constructor(config: NoiseScheduleConfig) {
    this.config = config;
    let product = 1;
    const alphaBar = Float64Array.from(betas(config), (beta) => {
      product *= 1 - beta;
      return product;
    });
    this.alphaBar = config.zeroTerminalSnr ? zeroTerminalSnr(alphaBar) : alphaBar;
  }

  /** The level at a timestep; between trained ones σ/α is interpolated linearly. */
  at(timestep: number): Level {
    const low = Math.floor(timestep);
    if (!(low >= 0 && timestep <= this.config.trainSteps - 1)) {
      throw new RangeError(`timestep ${timestep} is not in 0 … ${this.config.trainSteps - 1}`);
    }
    const alphaBar = this.alphaBar[low]!;
    if (low === timestep) return { timestep, alpha: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) };
    const weight = timestep - low;
    const ratio = (1 - weight) * noiseRatio(this.at(low)) + weight * noiseRatio(this.at(low + 1));
    return atRatio(ratio, timestep);
  }

  /** The level with a given σ/α; its timestep is interpolated in ln(σ/α), within the trained range. */
  atRatio(ratio: number): Level {
    const log = Math.log(ratio);
    const trained = (timestep: number): number => Math.log(noiseRatio(this.at(timestep)));
    let low = 0;
    let high = this.config.trainSteps - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (trained(middle) <= log) low = middle;
      else high = middle;
    }
    const weight = (log - trained(low)) / (trained(high) - trained(low));
    return atRatio(ratio, low + Math.min(Math.max(weight, 0), 1));
  }
}

function atRatio(ratio: number, timestep: number): Level {
  if (ratio === Number.POSITIVE_INFINITY) return { timestep, alpha: 0, sigma: 1 };
  const alpha = 1 / Math.sqrt(1 + ratio * ratio);
  return { timestep, alpha, sigma: ratio * alpha };
}

/** Variance of the noise that each training step adds. */
function betas({ trainSteps, betaStart, betaEnd, betaSchedule }: NoiseScheduleConfig): Float64Array {
  const steps = Float64Array.from({ length: trainSteps }, (_, i) => i);
  const line = (from: number, to: number) => (i: number) => from + ((to - from) * i) / (trainSteps - 1);
  switch (betaSchedule) {
    case "linear":
      return steps.map(line(betaStart, betaEnd));
    case "scaled_linear": {
      const root = line(Math.sqrt(betaStart), Math.sqrt(betaEnd));
      return steps.map((i) => root(i) ** 2);
    }
    case "squaredcos_cap_v2": {
      // Nichol and Dhariwal 2021, eq. 17.
      const alphaBar = (i: number): number => Math.cos(((i / trainSteps + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
      return steps.map((i) => Math.min(1 - alphaBar(i + 1) / alphaBar(i), 0.999));
    }
    default:
      throw new UserError(`beta schedule "${betaSchedule satisfies never}" is unknown`);
  }
}

function zeroTerminalSnr(alphaBar: Float64Array): Float64Array {
  const root = alphaBar.map(Math.sqrt);
  const first = root[0]!;
  const last = root[root.length - 1]!;
  return root.map((value) => (((value - last) * first) / (first - last)) ** 2);
}
