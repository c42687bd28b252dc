import { silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module } from "../../nn/index.ts";
import { Upsample } from "../resample.ts";
import { type LevelConfig, levels, MidBlock, resnets } from "./blocks.ts";
import type { AutoencoderConfig } from "./config.ts";

/** A level on the way up. */
class DecoderBlock extends Module<LevelConfig> {
  resnets = resnets(this.config);
  upsamplers = this.config.resample ? [new Upsample({ channels: this.config.out })] : [];

  forward(x: Tensor): Tensor {
    return x.pipe(...this.resnets, ...this.upsamplers);
  }
}

/** Latents (n latentChannels h w) → pictures (n channels f·h f·w). */
export class Decoder extends Module<AutoencoderConfig> {
  convIn = new Conv2d({ in: this.config.latentChannels, out: this.config.levels.at(-1)!, kernel: 3 });
  midBlock = new MidBlock({ channels: this.config.levels.at(-1)!, groups: this.config.groups });
  upBlocks = levels(this.config.levels.toReversed(), this.config.layers + 1, this.config.groups).map(
    (level) => new DecoderBlock(level),
  );
  convNormOut = new GroupNorm({ channels: this.config.levels[0]!, groups: this.config.groups, epsilon: 1e-6 });
  convOut = new Conv2d({ in: this.config.levels[0]!, out: this.config.channels, kernel: 3 });

  forward(x: Tensor): Tensor {
    return this.fine(this.coarse(x));
  }

  /** All that happens below the pictures' size: (n latentChannels h w) → (n c f/2·h f/2·w). */
  coarse(x: Tensor): Tensor {
    const before = this.upBlocks.at(-2)?.resnets ?? [];
    return x.pipe(this.convIn, this.midBlock, ...this.upBlocks.slice(0, -2), ...before);
  }

  /** All that happens at the pictures' size. */
  fine(x: Tensor): Tensor {
    const double = this.upBlocks.at(-2)?.upsamplers ?? [];
    return x.pipe(...double, this.upBlocks.at(-1)!, this.convNormOut, silu, this.convOut);
  }
}
