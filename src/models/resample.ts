import { mulDims } from "../graph/dim.ts";
import { dims, type Tensor, upsampleNearest } from "../graph/index.ts";
import { Conv2d, type Conv2dConfig, Module } from "../nn/index.ts";

/** Halves height and width by a convolution with stride 2: (n c h w) → (n c h/2 w/2). */
export class Downsample extends Module<{ readonly channels: number } & Required<Pick<Conv2dConfig, "padding">>> {
  conv = new Conv2d({
    in: this.config.channels,
    out: this.config.channels,
    kernel: 3,
    stride: 2,
    padding: this.config.padding,
  });

  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}

/** Enlarges (n c h w) by repeating pixels, then smooths by a convolution. */
export class Upsample extends Module<{ readonly channels: number }> {
  conv = new Conv2d({ in: this.config.channels, out: this.config.channels, kernel: 3 });

  /** To twice the height and width, or to those of `like`. */
  forward(x: Tensor, like?: Tensor): Tensor {
    const { h, w } = dims(like ?? x, "n c h w");
    return this.conv.forward(like ? upsampleNearest(x, h, w) : upsampleNearest(x, mulDims(2, h), mulDims(2, w)));
  }
}
