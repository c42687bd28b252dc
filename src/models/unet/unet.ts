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
    return this.parts(latents, timestep, text).said;
  }

  /**
   * The same, with the deep feature: what the coarser levels hand to the finest on the way up, (n c h w). Where one is
   * given, only the finest level is asked.
   */
  parts(latents: Tensor, timestep: Tensor, text: Tensor, given?: Tensor): { said: Tensor; deep: Tensor } {
    const time = sinusoids(timestep, this.channels).pipe(this.timeEmbedding);
    const [finest, ...coarser] = this.downBlocks;
    const skips = [this.convIn.forward(latents)];
    skips.push(...finest!.forward(skips[0]!, time, text));
    let deep = given;
    if (given)
      skips.splice(this.config.layers + 1); // the halved state is for the coarser levels
    else {
      for (const block of coarser) skips.push(...block.forward(skips.at(-1)!, time, text));
      deep = this.midBlock.forward(skips.at(-1)!, time, text);
      for (const block of this.upBlocks.slice(0, -1)) deep = block.forward(deep, skips, time, text);
    }
    const x = this.upBlocks.at(-1)!.forward(deep!, skips, time, text);
    return { said: x.pipe(this.convNormOut, silu, this.convOut), deep: deep! };
  }

  /** Channels at the full size. */
  private get channels(): number {
    return this.config.levels[0]!.channels;
  }
}
