import { silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module } from "../../nn/index.ts";
import { Downsample } from "../resample.ts";
import { MidBlock, ResnetBlock } from "./blocks.ts";
import type { AutoencoderConfig } from "./config.ts";

interface EncoderBlockConfig {
  readonly in: number;
  readonly out: number;
  readonly layers: number;
  readonly groups: number;
  readonly downsample: boolean;
}

/** A level on the way down. */
class EncoderBlock extends Module<EncoderBlockConfig> {
  resnets = Array.from(
    { length: this.config.layers },
    (_, i) => new ResnetBlock({ ...this.config, in: i === 0 ? this.config.in : this.config.out }),
  );
  // Padded on the right and below only, as it was trained.
  downsamplers = this.config.downsample ? [new Downsample({ channels: this.config.out, padding: [0, 0, 1, 1] })] : [];

  forward(x: Tensor): Tensor {
    return x.pipe(...this.resnets, ...this.downsamplers);
  }
}

/** Pictures (n channels h w) → raw moments of their latents (n 2·latent h/f w/f). */
export class Encoder extends Module<AutoencoderConfig> {
  convIn = new Conv2d({ in: this.config.channels, out: this.config.levels[0]!, kernel: 3 });
  downBlocks = this.config.levels.map((channels, i, levels) => {
    const { layers, groups } = this.config;
    return new EncoderBlock({
      in: levels[i - 1] ?? channels,
      out: channels,
      layers,
      groups,
      downsample: i + 1 < levels.length,
    });
  });
  midBlock = new MidBlock({ channels: this.config.levels.at(-1)!, groups: this.config.groups });
  convNormOut = new GroupNorm({ channels: this.config.levels.at(-1)!, groups: this.config.groups, epsilon: 1e-6 });
  convOut = new Conv2d({ in: this.config.levels.at(-1)!, out: 2 * this.config.latentChannels, kernel: 3 });

  forward(x: Tensor): Tensor {
    return x.pipe(this.convIn, ...this.downBlocks, this.midBlock, this.convNormOut, silu, this.convOut);
  }
}
