import { dims, gelu, rearrange, type Tensor } from "../../graph/index.ts";
import {
  Attention,
  Conv2d,
  fanIn,
  GroupNorm,
  type Init,
  identity,
  LayerNorm,
  Linear,
  Module,
  zeros,
} from "../../nn/index.ts";

/** Gated GELU (… in) → (… out), the first half times the gated second: Shazeer 2020. */
class GeGlu extends Module<{ readonly in: number; readonly out: number }> {
  proj = new Linear({ in: this.config.in, out: 2 * this.config.out });

  forward(x: Tensor): Tensor {
    const { out } = this.config;
    const y = this.proj.forward(x);
    return y.slice(-1, 0, out).mul(gelu(y.slice(-1, out, 2 * out)));
  }
}

class FeedForward extends Module<{ readonly width: number }> {
  net = [
    new GeGlu({ in: this.config.width, out: 4 * this.config.width }),
    identity,
    new Linear({ in: 4 * this.config.width, out: this.config.width }),
  ];

  forward(x: Tensor): Tensor {
    return x.pipe(...this.net);
  }
}

export interface TransformerConfig {
  readonly channels: number;
  readonly heads: number;
  /** Width of the text's hidden states. */
  readonly context: number;
  readonly groups: number;
  readonly projection: "conv" | "linear";
}

/** Tokens (n l channels) attend to each other, then to the text (n m context), then each thinks for itself. */
class TransformerBlock extends Module<TransformerConfig> {
  norm1 = new LayerNorm({ width: this.config.channels });
  attn1 = new Attention({ width: this.config.channels, context: this.config.channels, heads: this.config.heads });
  norm2 = new LayerNorm({ width: this.config.channels });
  attn2 = new Attention({ width: this.config.channels, context: this.config.context, heads: this.config.heads });
  norm3 = new LayerNorm({ width: this.config.channels });
  ff = new FeedForward({ width: this.config.channels });

  forward(x: Tensor, text: Tensor): Tensor {
    x = x.add(x.pipe(this.norm1, (y) => this.attn1.forward(y)));
    x = x.add(x.pipe(this.norm2, (y) => this.attn2.forward(y, text)));
    return x.add(x.pipe(this.norm3, this.ff));
  }
}

const pointwise = ({ channels, projection }: TransformerConfig, init: Init): Conv2d | Linear =>
  projection === "conv"
    ? new Conv2d({ in: channels, out: channels, kernel: 1, init })
    : new Linear({ in: channels, out: channels, init });

/** Attention over the pixels of a feature map and over the text: (n c h w) → (n c h w). Rombach et al. 2022, 3.3. */
export class Transformer extends Module<TransformerConfig> {
  norm = new GroupNorm({ channels: this.config.channels, groups: this.config.groups, epsilon: 1e-6 });
  projIn = pointwise(this.config, fanIn(this.config.channels));
  transformerBlocks = [new TransformerBlock(this.config)];
  projOut = pointwise(this.config, zeros);

  forward(x: Tensor, text: Tensor): Tensor {
    const { h, w } = dims(x, "n c h w");
    const tokens = (y: Tensor): Tensor => rearrange(y, "n c h w -> n (h w) c");
    const picture = (y: Tensor): Tensor => rearrange(y, "n (h w) c -> n c h w", { h, w });
    const attention = this.transformerBlocks.map((block) => (y: Tensor) => block.forward(y, text));
    const y =
      this.config.projection === "conv"
        ? x.pipe(this.norm, this.projIn, tokens, ...attention, picture, this.projOut)
        : x.pipe(this.norm, tokens, this.projIn, ...attention, this.projOut, picture);
    return y.add(x);
  }
}
