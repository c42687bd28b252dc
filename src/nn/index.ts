/** Layers: modules that hold symbols, with checkpoint keys as field paths. */
export { Attention, type AttentionConfig } from "./attention.ts";
export { Conv2d, type Conv2dConfig } from "./conv2d.ts";
export { Embedding, type EmbeddingConfig } from "./embedding.ts";
export { Linear, type LinearConfig } from "./linear.ts";
export { lowRankInputs, withLowRank } from "./low-rank.ts";
export { fanIn, type Init, identity, Module, normal, ones, parameter, parameters, zeros } from "./module.ts";
export { GroupNorm, type GroupNormConfig, LayerNorm, type LayerNormConfig } from "./norm.ts";
