import type { Tensor } from "../graph/tensor.ts";
import { type NdArray, ndarray, zeros } from "../runtime/ndarray.ts";
import { type Muon, movedByMuon } from "./muon.ts";

/**
 * All that a run needs to go on: how many updates were made, and by name `params.*` (weights), `mean.*` and `square.*`
 * (Adam's moments; Muon has the mean alone) and `ema.*`. Data order and noise are functions of the step, so they need no state.
 */
export interface TrainState {
  step: number;
  readonly arrays: Record<string, NdArray>;
}

/** Starts a group from given weights: moments zero, the average at the weights. */
export function initialState(
  weights: ReadonlyMap<string, NdArray>,
  ema: boolean,
  muon?: Muon,
): Record<string, NdArray> {
  const arrays: Record<string, NdArray> = {};
  for (const [key, weight] of weights) {
    arrays[`params.${key}`] = copyOf(weight);
    arrays[`mean.${key}`] = zeros(weight.shape);
    if (!muon || !movedByMuon(key, weight)) arrays[`square.${key}`] = zeros(weight.shape);
    if (ema) arrays[`ema.${key}`] = copyOf(weight);
  }
  return arrays;
}

/** State arrays are overwritten as training goes on, so they are nobody else's. */
const copyOf = ({ data, shape }: NdArray): NdArray => ndarray((data as Float32Array).slice(), shape);

/** The trained weights of some parameters: their running average where one is kept. */
export function trainedWeights(state: TrainState, params: ReadonlyMap<string, Tensor>): Map<string, NdArray> {
  return new Map(
    [...params.keys()].map((key) => {
      const array = state.arrays[`ema.${key}`] ?? state.arrays[`params.${key}`];
      if (!array) throw new Error(`the training state has no "${key}"`);
      return [key, array];
    }),
  );
}
