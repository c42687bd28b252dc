import { concat } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";

/** Adam with decoupled weight decay: Loshchilov & Hutter 2019, algorithm 2. */
export interface AdamW {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Weight decay of a parameter. */
  readonly decay: (param: Tensor) => number;
}

/** Decays matrices and kernels; gains, biases and scalars keep their size. */
export const decayMatrices =
  (decay: number): AdamW["decay"] =>
  (param) =>
    param.rank >= 2 ? decay : 0;

/** PyTorch's defaults, but for what is decayed. */
export const adamW = (options: Partial<AdamW> = {}): AdamW => ({
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  decay: decayMatrices(1e-2),
  ...options,
});

/** What changes from step to step: scalars, computed on the host. */
export interface AdamWScalars<T> {
  readonly lr: T;
  /** 1 / (1 − β₁ᵗ) */
  readonly meanCorrection: T;
  /** 1 / √(1 − β₂ᵗ) */
  readonly spreadCorrection: T;
}

/** Bias corrections of a step, the first of which is 0. */
export const adamWScalars = (step: number, lr: number, { betas }: AdamW): AdamWScalars<number> => ({
  lr,
  meanCorrection: 1 / (1 - betas[0] ** (step + 1)),
  spreadCorrection: 1 / Math.sqrt(1 - betas[1] ** (step + 1)),
});

export interface Moments {
  readonly param: Tensor;
  /** Running mean of the gradient. */
  readonly mean: Tensor;
  /** Running mean of its square. */
  readonly square: Tensor;
}

/** One update of one parameter. */
export function adamWUpdate(
  { param, mean, square }: Moments,
  gradient: Tensor,
  { lr, meanCorrection, spreadCorrection }: AdamWScalars<Tensor>,
  { betas, epsilon, decay }: AdamW,
): Moments {
  const m = mean.mul(betas[0]).add(gradient.mul(1 - betas[0]));
  const v = square.mul(betas[1]).add(gradient.square().mul(1 - betas[1]));
  const step = m.mul(lr.mul(meanCorrection)).div(v.sqrt().mul(spreadCorrection).add(epsilon));
  const rate = decay(param);
  const kept = rate > 0 ? param.mul(lr.mul(-rate).add(1)) : param;
  return { param: kept.sub(step), mean: m, square: v };
}

/** Length of all gradients taken as one vector, and the factor that shortens it to `limit` where it is longer. */
export function globalNorm(gradients: readonly Tensor[], limit: number): { norm: Tensor; factor: Tensor } {
  const squares = gradients.map((g) => g.square().sum().reshape([1]));
  const norm = concat(squares, 0).sum().sqrt();
  return { norm, factor: norm.add(1e-6).reciprocal().mul(limit).minimum(1) };
}
