import { embedding, type Tensor } from "../graph/index.ts";
import { Module, normal, parameter } from "./module.ts";

export interface EmbeddingConfig {
  readonly rows: number;
  readonly width: number;
  /** Standard deviation that the rows start with. */
  readonly std?: number;
}

/** A table of learned vectors, looked up by i64 ids: (…) → (… width). */
export class Embedding extends Module<EmbeddingConfig> {
  weight = parameter([this.config.rows, this.config.width], normal(this.config.std ?? 1));

  forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids);
  }
}
