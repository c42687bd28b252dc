import { rearrange, silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, identity, Linear, Module, zeros } from "../../nn/index.ts";

export interface ResnetBlockConfig {
  readonly in: number;
  readonly out: number;
  /** Width of the time embedding. */
  readonly time: number;
  readonly groups: number;
}

/** Residual block (n in h w) → (n out h w); the time joins between its two convolutions. */
export class ResnetBlock extends Module<ResnetBlockConfig> {
  norm1 = new GroupNorm({ channels: this.config.in, groups: this.config.groups, epsilon: 1e-5 });
  conv1 = new Conv2d({ in: this.config.in, out: this.config.out, kernel: 3 });
  timeEmbProj = new Linear({ in: this.config.time, out: this.config.out });
  norm2 = new GroupNorm({ channels: this.config.out, groups: this.config.groups, epsilon: 1e-5 });
  conv2 = new Conv2d({ in: this.config.out, out: this.config.out, kernel: 3, init: zeros });
  convShortcut =
    this.config.in === this.config.out ? identity : new Conv2d({ in: this.config.in, out: this.config.out, kernel: 1 });

  forward(x: Tensor, time: Tensor): Tensor {
    const shift = rearrange(time.pipe(silu, this.timeEmbProj), "n c -> n c 1 1");
    const h = x.pipe(this.norm1, silu, this.conv1).add(shift);
    return h.pipe(this.norm2, silu, this.conv2).add(x.pipe(this.convShortcut));
  }
}
