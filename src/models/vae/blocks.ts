import { attend, dims, rearrange, silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, identity, Linear, Module } from "../../nn/index.ts";

export interface ResnetBlockConfig {
  readonly in: number;
  readonly out: number;
  readonly groups: number;
}

/** Residual block: (n in h w) → (n out h w). */
export class ResnetBlock extends Module<ResnetBlockConfig> {
  norm1 = new GroupNorm({ channels: this.config.in, groups: this.config.groups, epsilon: 1e-6 });
  conv1 = new Conv2d({ in: this.config.in, out: this.config.out, kernel: 3 });
  norm2 = new GroupNorm({ channels: this.config.out, groups: this.config.groups, epsilon: 1e-6 });
  conv2 = new Conv2d({ in: this.config.out, out: this.config.out, kernel: 3 });
  convShortcut =
    this.config.in === this.config.out ? identity : new Conv2d({ in: this.config.in, out: this.config.out, kernel: 1 });

  forward(x: Tensor): Tensor {
    return x.pipe(this.norm1, silu, this.conv1, this.norm2, silu, this.conv2).add(x.pipe(this.convShortcut));
  }
}

interface Width {
  readonly channels: number;
  readonly groups: number;
}

/** Each pixel looks at all others, with one head: (n c h w) → (n c h w). */
class AttentionBlock extends Module<Width> {
  groupNorm = new GroupNorm({ ...this.config, epsilon: 1e-6 });
  toQ = new Linear({ in: this.config.channels, out: this.config.channels });
  toK = new Linear({ in: this.config.channels, out: this.config.channels });
  toV = new Linear({ in: this.config.channels, out: this.config.channels });
  toOut = [new Linear({ in: this.config.channels, out: this.config.channels })];

  forward(x: Tensor): Tensor {
    const { h, w } = dims(x, "n c h w");
    const pixels = rearrange(this.groupNorm.forward(x), "n c h w -> n (h w) c");
    const seen = attend(this.toQ.forward(pixels), this.toK.forward(pixels), this.toV.forward(pixels), { heads: 1 });
    return rearrange(seen.pipe(...this.toOut), "n (h w) c -> n c h w", { h, w }).add(x);
  }
}

/** The coarsest level, in encoder and decoder alike: attention between two residual blocks. */
export class MidBlock extends Module<Width> {
  private readonly resnet = { in: this.config.channels, out: this.config.channels, groups: this.config.groups };
  attentions = [new AttentionBlock(this.config)] as const;
  resnets = [new ResnetBlock(this.resnet), new ResnetBlock(this.resnet)] as const;

  forward(x: Tensor): Tensor {
    return x.pipe(this.resnets[0], this.attentions[0], this.resnets[1]);
  }
}
