/**
 * Latent diffusion and CLIP: open a model, draw, compare, inspect, measure. Other parts have their own paths: `latentkit/node`
 * (files, engine, pictures), `latentkit/graph`, `latentkit/nn`, `latentkit/models`, `latentkit/diffusion`,
 * `latentkit/training`.
 */
export { UserError } from "./errors.ts";
export { insertParameters, readParameters } from "./image/parameters.ts";
export { insertPngText, readPngText } from "./image/png-text.ts";
export { formatSettings, parseSettings, type Settings } from "./image/settings.ts";
export { picturesToTensor, tensorToPictures } from "./image/tensor.ts";
export { animate } from "./pipelines/animate/animate.ts";
export { type CameraRequest, followCamera } from "./pipelines/animate/camera.ts";
export type {
  AnimateOptions,
  AnimateProgress,
  AnimateRequest,
  Animation,
  End,
  EndReport,
} from "./pipelines/animate/request.ts";
export { type LatentStore, latentsInFolder, latentsInMemory } from "./pipelines/animate/store.ts";
export { type Classified, classify, classifyAll, type Guess } from "./pipelines/clip/classify.ts";
export { ClipModel, type Embeddings, similarities, softmax } from "./pipelines/clip/clip.ts";
export { type Comparison, compare } from "./pipelines/clip/compare.ts";
export type { GivenPicture } from "./pipelines/clip/given-picture.ts";
export { type Head, type HeadModel, readHead, scoreBy } from "./pipelines/clip/head.ts";
export { embedLabels, type LabelSet, readLabels } from "./pipelines/clip/labels.ts";
export { templateSets } from "./pipelines/clip/templates.ts";
export {
  type Labelled,
  type TrainedHead,
  type TrainHeadOptions,
  trainHead,
  writeHead,
} from "./pipelines/clip/train-head.ts";
export { compose } from "./pipelines/compose/compose.ts";
export { type EndlessOptions, type EndlessRequest, playEndlessly, type Stretch } from "./pipelines/compose/endless.ts";
export { type MusicModel, musicModel } from "./pipelines/compose/form.ts";
export type {
  Composed,
  ComposeOptions,
  ComposeProgress,
  ComposeRequest,
  InitialSound,
  Manner,
} from "./pipelines/compose/request.ts";
export { type ConvertOptions, type ConvertProgress, convert } from "./pipelines/convert.ts";
export { Comparer } from "./pipelines/curate/comparer.ts";
export { type CurateProgress, curate } from "./pipelines/curate/curate.ts";
export { beginCuration, type CurateJob, type Curation, isDone, openCuration } from "./pipelines/curate/curation.ts";
export { type Gathered, gather } from "./pipelines/curate/gather.ts";
export { type CurateOptions, curateDefaults, fetchDefaults } from "./pipelines/curate/options.ts";
export type { CurateReport } from "./pipelines/curate/report.ts";
export { settle } from "./pipelines/curate/settle.ts";
export { curateShard } from "./pipelines/curate/shard.ts";
export { ShardWorker, type Sharing, shareShards, workOn } from "./pipelines/curate/shared.ts";
export type { Tools } from "./pipelines/curate/tools.ts";
export type {
  Anchor,
  AnchorText,
  Drawn,
  DrawOptions,
  DrawProgress,
  DrawRequest,
  Hires,
  InitialPicture,
  Variation,
} from "./pipelines/draw/request.ts";
export { textToImage } from "./pipelines/draw/text-to-image.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./pipelines/evaluate/evaluate.ts";
export { type Inspection, inspect } from "./pipelines/inspect.ts";
export type { AdapterFiles, EmbeddingFile, LoraFile } from "./pipelines/model/adapters.ts";
export { type DeviceOptions, DiffusionModel, type DiffusionOptions } from "./pipelines/model/diffusion-model.ts";
export { fewSteps, withFewSteps } from "./pipelines/model/few-steps.ts";
export { type BuildOptions, type BuildProgress, type Built, buildIndex } from "./pipelines/search/build.ts";
export { type DuplicateOptions, duplicates } from "./pipelines/search/duplicates.ts";
export { type KnnRequest, type KnnResult, type KnnService, knnService } from "./pipelines/search/knn-service.ts";
export { queryVector, type Term } from "./pipelines/search/query.ts";
export { type Hit, type SearchOptions, search } from "./pipelines/search/search.ts";
export { checkModel, formOf, modelDigest } from "./pipelines/search/table.ts";
export { type Compiled, type CompileOptions, compile } from "./runtime/compile.ts";
export type { ByteSource, Host, Picture, Session } from "./runtime/host.ts";
export { Limit } from "./runtime/limit.ts";
export { ints, type NdArray, ndarray, zeros } from "./runtime/ndarray.ts";
export type { JobCounts, NewJob, Queue, TakenJob, Work, Working } from "./runtime/queue.ts";
export { loadTokenizer } from "./text/tokenizer-files.ts";
export type { VideoOptions, VideoWriter } from "./video/writer.ts";
export {
  type ModelChoices,
  type ModelDirectory,
  openModelDirectory,
  writeModelDirectory,
} from "./weights/model-directory.ts";
export { writeSafetensors } from "./weights/safetensors.ts";
export { Weights } from "./weights/weights.ts";
