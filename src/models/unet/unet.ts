import { silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Module, parameters, zeros } from "../../nn/index.ts";
import { DownBlock, MidBlock, UpBlock } from "./blocks.ts";
import type { UNetConfig } from "./config.ts";
import { downBlocks, midBlock, timeWidth, upBlocks } from "./levels.ts";
import { sinusoids, TimeEmbedding } from "./time-embedding.ts";

/**
 * The denoiser of Stable Diffusion 1.x and 2.x (diffusers: UNet2DConditionModel): Rombach et al. 2022.
 * What it predicts, noise or velocity, is its training's affair.
 */
export class UNet extends Module<UNetConfig> {
  timeEmbedding = new TimeEmbedding({ in: this.channels, out: timeWidth(this.config) });
  convIn = new Conv2d({ in: this.config.in, out: this.channels, kernel: 3 });
  downBlocks = downBlocks(this.config).map((config) => new DownBlock(config));
  midBlock = new MidBlock(midBlock(this.config));
  upBlocks = upBlocks(this.config).map((config) => new UpBlock(config));
  convNormOut = new GroupNorm({ channels: this.channels, groups: this.config.groups, epsilon: 1e-5 });
  convOut = new Conv2d({ in: this.channels, out: this.config.out, kernel: 3, init: zeros });

  readonly parameters = parameters(this);

  /** Latents (n in h w), timesteps (n), the text's hidden states (n l context) → (n out h w). */
  forward(latents: Tensor, timestep: Tensor, text: Tensor): Tensor {
    const time = sinusoids(timestep, this.channels).pipe(this.timeEmbedding);
    const skips = [this.convIn.forward(latents)];
    for (const block of this.downBlocks) skips.push(...block.forward(skips.at(-1)!, time, text));
    let x = this.midBlock.forward(skips.at(-1)!, time, text);
    for (const block of this.upBlocks) x = block.forward(x, skips, time, text);
    return x.pipe(this.convNormOut, silu, this.convOut);
  }

  /** Channels at the full size. */
  private get channels(): number {
    return this.config.levels[0]!.channels;
  }
}
