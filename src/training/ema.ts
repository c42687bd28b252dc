import type { Tensor } from "../graph/tensor.ts";

/** Moves an average towards a value: average + (1 − decay)·(value − average). `keep` is the decay, a scalar. */
export const average = (ema: Tensor, value: Tensor, keep: Tensor): Tensor =>
  ema.add(value.sub(ema).mul(keep.neg().add(1)));

/**
 * Decay of the average at the update after `step` others, smaller at the start so that the initial weights are soon
 * forgotten: min(decay, (1 + n)/(10 + n)), as Stable Diffusion's LitEma.
 */
export const emaDecay =
  (decay: number) =>
  (step: number): number =>
    Math.min(decay, (2 + step) / (11 + step));
