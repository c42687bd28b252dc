import { argMax, constant, dims, embedding, rearrange, type Tensor } from "../../graph/index.ts";
import { Embedding, LayerNorm, Module, parameters } from "../../nn/index.ts";
import type { ClipTextConfig } from "./config.ts";
import { Encoder } from "./tower.ts";

class TextEmbeddings extends Module<ClipTextConfig> {
  tokenEmbedding = new Embedding({ rows: this.config.vocabulary, width: this.config.width, std: 0.02 });
  positionEmbedding = new Embedding({ rows: this.config.positions, width: this.config.width, std: 0.01 });

  /** Ids from the vocabulary's size on are rows of `learned`. */
  forward(ids: Tensor, learned?: Tensor): Tensor {
    const { l } = dims(ids, "n l");
    const places = this.positionEmbedding.weight.slice(0, 0, l);
    if (!learned) return this.tokenEmbedding.forward(ids).add(places);
    const { vocabulary } = this.config;
    const words = this.tokenEmbedding.forward(ids.minimum(vocabulary - 1));
    const others = embedding(learned, ids.sub(vocabulary).maximum(0));
    return rearrange(ids.greater(vocabulary - 1), "n l -> n l 1")
      .where(others, words)
      .add(places);
  }
}

export interface TextStates {
  /** Before the first layer and after each, (n l width). */
  readonly states: readonly Tensor[];
  /** What conditions a denoiser: the last state, or an earlier one, normalised; (n l width). */
  readonly hidden: Tensor;
  /** `hidden` at the end of the text, (n width). */
  readonly pooled: Tensor;
}

/** CLIP's causal transformer over token ids. */
export class TextTower extends Module<ClipTextConfig> {
  embeddings = new TextEmbeddings(this.config);
  encoder = new Encoder({ ...this.config, causal: true });
  finalLayerNorm = new LayerNorm({ width: this.config.width });

  /**
   * Ids (n l) in i64; `hidden` leaves the last `skip` layers out, fewer than there are. Ids from the vocabulary's size on are
   * rows of `learned` (rows width): textual inversion, Gal et al. 2022.
   */
  forward(ids: Tensor, skip = 0, learned?: Tensor): TextStates {
    const states = this.encoder.forward(this.embeddings.forward(ids, learned));
    const hidden = this.finalLayerNorm.forward(states.at(-1 - skip)!);
    const words = learned ? ids.greater(this.config.vocabulary - 1).where(0, ids) : ids;
    const ends = rearrange(this.end(words).cast("f32"), "n -> n 1");
    const places = constant(Float32Array.from({ length: this.config.positions }, (_, i) => i)).slice(0, 0, ids.dim(1));
    // Of the last layer, one token is wanted.
    const before = states.at(-2 - skip)!;
    const last = rearrange(places.equal(ends).cast("f32"), "n l -> n 1 l").matmul(before);
    const later = rearrange(places.greater(ends).cast("f32").mul(-1e4), "n l -> n 1 1 l");
    const pooled = this.encoder.layers
      .at(-1 - skip)!
      .forward(before, last, later)
      .pipe(this.finalLayerNorm);
    return { states, hidden, pooled: rearrange(pooled, "n 1 c -> n c") };
  }

  /** Position of each text's end, (n). */
  private end(ids: Tensor): Tensor {
    const { end } = this.config;
    // In f32, exact below 2²⁴: not every device finds the largest of i64.
    return argMax((end === "largest" ? ids : ids.equal(end)).cast("f32"), 1);
  }
}

/** The text tower alone, as the text_encoder of a diffusion model (transformers: CLIPTextModel). */
export class ClipText extends Module<ClipTextConfig> {
  textModel = new TextTower(this.config);

  readonly parameters = parameters(this);

  /** See `TextTower.forward`. */
  forward(ids: Tensor, skip = 0, learned?: Tensor): TextStates {
    return this.textModel.forward(ids, skip, learned);
  }
}
