import { concat, dims, oneHot, rearrange, type Tensor } from "../../graph/index.ts";
import { Conv2d, Embedding, LayerNorm, Module, normal, parameter } from "../../nn/index.ts";
import { type ClipVisionConfig, patchesOf } from "./config.ts";
import { Encoder } from "./tower.ts";

/** Pictures (n 3 h w) → a token for the whole, then one for each patch: (n 1+patches width). Dosovitskiy et al. 2021. */
class VisionEmbeddings extends Module<ClipVisionConfig> {
  classEmbedding = parameter([this.config.width], normal(this.config.width ** -0.5));
  patchEmbedding = new Conv2d({
    in: 3,
    out: this.config.width,
    kernel: this.config.patchSize,
    stride: this.config.patchSize,
    padding: 0,
    bias: false,
  });
  positionEmbedding = new Embedding({
    rows: 1 + patchesOf(this.config),
    width: this.config.width,
    std: this.config.width ** -0.5,
  });

  forward(pictures: Tensor, left?: Tensor): Tensor {
    const { imageSize, width } = this.config;
    const { n } = dims(pictures, `n 3 ${imageSize} ${imageSize}`);
    const patches = rearrange(this.patchEmbedding.forward(pictures), "n c h w -> n (h w) c");
    const whole = this.classEmbedding.expand([n!, 1, width]);
    const tokens = concat([whole, patches], 1).add(this.positionEmbedding.weight);
    return left ? oneHot(left, this.positionEmbedding.config.rows).matmul(tokens) : tokens;
  }
}

export interface VisionStates {
  /** Before the first layer and after each, (n 1+patches width). */
  readonly states: readonly Tensor[];
  /** The token for the whole picture, normalised; (n width). */
  readonly pooled: Tensor;
}

/** CLIP's transformer over the patches of pictures. */
export class VisionTower extends Module<ClipVisionConfig> {
  embeddings = new VisionEmbeddings(this.config);
  preLayrnorm = new LayerNorm({ width: this.config.width }); // misspelt in all checkpoints
  encoder = new Encoder({ ...this.config, causal: false });
  postLayernorm = new LayerNorm({ width: this.config.width });

  /**
   * Pictures (n 3 imageSize imageSize), standardised by the mean and deviation that the model was trained with. Of their
   * tokens all are seen, or those whose numbers `left` (n m) has in i64, the first of them that for the whole, 0.
   */
  forward(pictures: Tensor, left?: Tensor): VisionStates {
    const states = this.encoder.forward(this.embeddings.forward(pictures, left).pipe(this.preLayrnorm));
    // Of the last layer, one token is wanted.
    const before = states.at(-2)!;
    const whole = this.encoder.layers.at(-1)!.forward(before, before.slice(1, 0, 1));
    return { states, pooled: rearrange(whole, "n 1 c -> n c").pipe(this.postLayernorm) };
  }
}
