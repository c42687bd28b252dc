import { type Dim, type Tensor, upsampleNearest } from "../graph/index.ts";
import { Conv2d, Module } from "../nn/index.ts";

/** Halves height and width by a convolution with stride 2: (n c h w) → (n c h/2 w/2). */
export class Downsample extends Module<{
  readonly channels: number;
  readonly padding: readonly [number, number, number, number];
}> {
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

/** Enlarges (n c h w) to a height and width by repeating pixels, then smooths by a convolution. */
export class Upsample extends Module<{ readonly channels: number }> {
  conv = new Conv2d({ in: this.config.channels, out: this.config.channels, kernel: 3 });

  forward(x: Tensor, height: Dim, width: Dim): Tensor {
    return upsampleNearest(x, height, width).pipe((y) => this.conv.forward(y));
  }
}
