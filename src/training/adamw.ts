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

/**
 * One update of one parameter by its gradient, times `scale` where one is given. Scalars are combined first, so that tensors
 * are passed over as seldom as can be.
 */
export function adamWUpdate(
  { param, mean, square }: Moments,
  gradient: Tensor,
  { lr, meanCorrection, spreadCorrection, scale }: AdamWScalars<Tensor> & { readonly scale?: Tensor | undefined },
  { betas, epsilon }: AdamW,
  decay: number,
): Moments {
  const scaled = (by: number): Tensor => gradient.mul(scale?.mul(by) ?? by);
  const m = mean.mul(betas[0]).add(scaled(1 - betas[0]));
  const v = square.mul(betas[1]).add(scaled(Math.sqrt(1 - betas[1])).square());
  // lr·m·c₁ / (√v·c₂ + ε) with both sides divided by c₂
  const size = lr.mul(meanCorrection).div(spreadCorrection);
  const step = m.mul(size).div(v.sqrt().add(spreadCorrection.reciprocal().mul(epsilon)));
  return { param: decayed(param, lr, decay).sub(step), mean: m, square: v };
}

/** A parameter pulled towards zero by a share, lr · decay, that no gradient has a part in. */
export const decayed = (param: Tensor, lr: Tensor, decay: number): Tensor =>
  decay > 0 ? param.mul(lr.mul(-decay).add(1)) : param;

/** Length of all gradients taken as one vector. */
export const globalNorm = (gradients: readonly Tensor[]): Tensor =>
  concat(
    gradients.map((g) => g.square().sum().reshape([1])),
    0,
  )
    .sum()
    .sqrt();

/** What shortens gradients to `limit` where they are longer, as torch.nn.utils.clip_grad_norm_ does. */
export const clipFactor = (norm: Tensor, limit: number): Tensor => norm.add(1e-6).reciprocal().mul(limit).minimum(1);
