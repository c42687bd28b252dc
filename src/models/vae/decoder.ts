import { mulDims } from "../../graph/dim.ts";
import { dims, silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module } from "../../nn/index.ts";
import { Upsample } from "../resample.ts";
import { MidBlock, ResnetBlock } from "./blocks.ts";
import type { AutoencoderConfig } from "./config.ts";

interface DecoderBlockConfig {
  readonly in: number;
  readonly out: number;
  readonly layers: number;
  readonly groups: number;
  readonly upsample: boolean;
}

/** A level on the way up. */
class DecoderBlock extends Module<DecoderBlockConfig> {
  resnets = Array.from(
    { length: this.config.layers },
    (_, i) => new ResnetBlock({ ...this.config, in: i === 0 ? this.config.in : this.config.out }),
  );
  upsamplers = this.config.upsample ? [new Upsample({ channels: this.config.out })] : [];

  forward(x: Tensor): Tensor {
    x = x.pipe(...this.resnets);
    const { h, w } = dims(x, "n c h w");
    return x.pipe(...this.upsamplers.map((double) => (y: Tensor) => double.forward(y, mulDims(2, h), mulDims(2, w))));
  }
}

/** Latents (n latent h w) → pictures (n channels f·h f·w). */
export class Decoder extends Module<AutoencoderConfig> {
  convIn = new Conv2d({ in: this.config.latentChannels, out: this.config.levels.at(-1)!, kernel: 3 });
  midBlock = new MidBlock({ channels: this.config.levels.at(-1)!, groups: this.config.groups });
  upBlocks = [...this.config.levels].reverse().map((channels, i, levels) => {
    const { layers, groups } = this.config;
    return new DecoderBlock({
      in: levels[i - 1] ?? channels,
      out: channels,
      layers: layers + 1,
      groups,
      upsample: i + 1 < levels.length,
    });
  });
  convNormOut = new GroupNorm({ channels: this.config.levels[0]!, groups: this.config.groups, epsilon: 1e-6 });
  convOut = new Conv2d({ in: this.config.levels[0]!, out: this.config.channels, kernel: 3 });

  forward(x: Tensor): Tensor {
    return x.pipe(this.convIn, this.midBlock, ...this.upBlocks, this.convNormOut, silu, this.convOut);
  }
}
