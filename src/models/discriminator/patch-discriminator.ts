import { leakyRelu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module, normal, parameters } from "../../nn/index.ts";

export interface PatchDiscriminatorConfig {
  /** Channels of the pictures. */
  readonly channels: number;
  /** Channels of the first layer, a multiple of 8; each layer doubles them, up to eight times. */
  readonly width: number;
  /** Layers that halve the picture. */
  readonly layers: number;
}

const init = normal(0.02);
const lrelu = (x: Tensor): Tensor => leakyRelu(x, 0.2);

/**
 * Judges each patch of a picture, real above zero and made below: Isola et al. 2017, section 3.2.2, as in the
 * autoencoder's training of Rombach et al. 2022, but with group norms in place of batch norms. Small batches and
 * accumulated gradients then give what one large batch gives, a picture's verdict does not depend on its neighbours,
 * and there are no running averages to keep.
 */
export class PatchDiscriminator extends Module<PatchDiscriminatorConfig> {
  main = [
    new Conv2d({ in: this.config.channels, out: this.config.width, kernel: 4, stride: 2, padding: 1, init }),
    lrelu,
    ...Array.from({ length: this.config.layers }, (_, i) => this.layer(i)).flat(),
    new Conv2d({ in: this.widthAt(this.config.layers), out: 1, kernel: 4, padding: 1, init }),
  ];

  readonly parameters = parameters(this);

  /** Pictures (n channels h w) → logits (n 1 h′ w′). */
  forward(x: Tensor): Tensor {
    return x.pipe(...this.main);
  }

  /** The i-th layer after the first; the last keeps the size. */
  private layer(i: number): [Conv2d, GroupNorm, typeof lrelu] {
    const channels = this.widthAt(i + 1);
    const stride = i + 1 < this.config.layers ? 2 : 1;
    return [
      new Conv2d({ in: this.widthAt(i), out: channels, kernel: 4, stride, padding: 1, bias: false, init }),
      new GroupNorm({ channels, groups: channels / 16, epsilon: 1e-5 }),
      lrelu,
    ];
  }

  private widthAt(layer: number): number {
    return this.config.width * Math.min(2 ** layer, 8);
  }
}
