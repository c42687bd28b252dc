import { attend, dims, rearrange, silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, identity, Linear, Module } from "../../nn/index.ts";

interface ResnetBlockConfig {
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

interface MidBlockConfig {
  readonly channels: number;
  readonly groups: number;
}

/** Each pixel looks at all others, with one head: (n c h w) → (n c h w). */
class AttentionBlock extends Module<MidBlockConfig> {
  groupNorm = new GroupNorm({ channels: this.config.channels, groups: this.config.groups, epsilon: 1e-6 });
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
export class MidBlock extends Module<MidBlockConfig> {
  attentions = [new AttentionBlock(this.config)];
  resnets = resnets({ in: this.config.channels, out: this.config.channels, layers: 2, groups: this.config.groups });

  forward(x: Tensor): Tensor {
    const [before, after] = this.resnets as [ResnetBlock, ResnetBlock];
    return x.pipe(before, ...this.attentions, after);
  }
}

export interface LevelConfig extends ResnetBlockConfig {
  readonly layers: number;
  /** Whether a step to the next level follows. */
  readonly resample: boolean;
}

/** Levels in the order they are passed, each starting with the channels of the one before. */
export const levels = (channels: readonly number[], layers: number, groups: number): LevelConfig[] =>
  channels.map((out, i) => ({ in: channels[i - 1] ?? out, out, layers, groups, resample: i + 1 < channels.length }));

/** The residual blocks of a level; the first changes the number of channels. */
export const resnets = ({ in: from, out, layers, groups }: Omit<LevelConfig, "resample">): ResnetBlock[] =>
  Array.from({ length: layers }, (_, i) => new ResnetBlock({ in: i === 0 ? from : out, out, groups }));
