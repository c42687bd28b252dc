import { silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module } from "../../nn/index.ts";
import { Downsample } from "../resample.ts";
import { type LevelConfig, levels, MidBlock, resnets } from "./blocks.ts";
import type { AutoencoderConfig } from "./config.ts";

/** A level on the way down. */
class EncoderBlock extends Module<LevelConfig> {
  resnets = resnets(this.config);
  // Padded on the right and below only, as it was trained.
  downsamplers = this.config.resample ? [new Downsample({ channels: this.config.out, padding: [0, 0, 1, 1] })] : [];

  forward(x: Tensor): Tensor {
    return x.pipe(...this.resnets, ...this.downsamplers);
  }
}

/** Pictures (n channels h w) → moments of their latents (n 2·latentChannels h/f w/f). */
export class Encoder extends Module<AutoencoderConfig> {
  convIn = new Conv2d({ in: this.config.channels, out: this.config.levels[0]!, kernel: 3 });
  downBlocks = levels(this.config.levels, this.config.layers, this.config.groups).map(
    (level) => new EncoderBlock(level),
  );
  midBlock = new MidBlock({ channels: this.config.levels.at(-1)!, groups: this.config.groups });
  convNormOut = new GroupNorm({ channels: this.config.levels.at(-1)!, groups: this.config.groups, epsilon: 1e-6 });
  convOut = new Conv2d({ in: this.config.levels.at(-1)!, out: 2 * this.config.latentChannels, kernel: 3 });

  forward(x: Tensor): Tensor {
    return this.coarse(this.fine(x));
  }

  /** All that happens at the pictures' size: (n channels h w) → (n c h/2 w/2). */
  fine(x: Tensor): Tensor {
    return x.pipe(this.convIn, this.downBlocks[0]!);
  }

  /** All that happens below. */
  coarse(x: Tensor): Tensor {
    return x.pipe(...this.downBlocks.slice(1), this.midBlock, this.convNormOut, silu, this.convOut);
  }
}
