/** Training steps as single graphs, the losses, and the trainings of autoencoder, CLIP and denoiser. */
export { type AdamW, adamW, decayMatrices } from "./adamw.ts";
export type { DataConfig, ExampleModule } from "./data/config.ts";
export type { DataSet } from "./data/data-set.ts";
export type { Example, Examples } from "./data/examples.ts";
export { emaDecay } from "./ema.ts";
export { initialWeights } from "./init.ts";
export { type Progress, type Surroundings, type Training, train } from "./loop.ts";
export {
  adaptiveWeight,
  contrastive,
  gradientDifference,
  hingeDiscriminator,
  hingeGenerator,
  kl,
  l1,
  minSnrWeight,
  mse,
  perceptual,
} from "./losses.ts";
export { type LearningRate, learningRate } from "./lr.ts";
export { type Muon, movedByMuon, muonAt } from "./muon.ts";
export { openTraining, type TrainingKind, trainingKinds } from "./open.ts";
export { initialState, type TrainState, trainedWeights } from "./state.ts";
export { loadState, saveState } from "./state-file.ts";
export { type Trainer, type TrainStepOptions, trainStep } from "./step.ts";
export type { Group } from "./update.ts";
