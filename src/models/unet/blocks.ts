import { concat, type Tensor } from "../../graph/index.ts";
import { Module } from "../../nn/index.ts";
import { Downsample, Upsample } from "../resample.ts";
import { ResnetBlock, type ResnetBlockConfig } from "./resnet-block.ts";
import { Transformer, type TransformerConfig } from "./transformer.ts";

export interface BlockConfig {
  readonly resnets: readonly ResnetBlockConfig[];
  /** The attention after each residual block; none at levels without. */
  readonly attentions: readonly TransformerConfig[];
  /** Channels of the step to the next level; the last block has none. */
  readonly resample: number | undefined;
}

/** A level on the way down: CrossAttnDownBlock2D, or DownBlock2D without attention. */
export class DownBlock extends Module<BlockConfig> {
  resnets = this.config.resnets.map((config) => new ResnetBlock(config));
  attentions = this.config.attentions.map((config) => new Transformer(config));
  downsamplers = resamplers(this.config).map((channels) => new Downsample({ channels, padding: 1 }));

  /** All states on the way, each a skip connection for the way up; the last goes on down. */
  forward(x: Tensor, time: Tensor, text: Tensor): Tensor[] {
    const states: Tensor[] = [];
    for (const [i, resnet] of this.resnets.entries()) {
      x = resnet.forward(x, time);
      x = this.attentions[i]?.forward(x, text) ?? x;
      states.push(x);
    }
    return [...states, ...this.downsamplers.map((half) => half.forward(x))];
  }
}

export interface MidBlockConfig {
  readonly resnet: ResnetBlockConfig;
  readonly attention: TransformerConfig;
}

/** The coarsest level: attention between two residual blocks. */
export class MidBlock extends Module<MidBlockConfig> {
  attentions = [new Transformer(this.config.attention)] as const;
  resnets = [new ResnetBlock(this.config.resnet), new ResnetBlock(this.config.resnet)] as const;

  forward(x: Tensor, time: Tensor, text: Tensor): Tensor {
    x = this.resnets[0].forward(x, time);
    x = this.attentions[0].forward(x, text);
    return this.resnets[1].forward(x, time);
  }
}

/** A level on the way up: CrossAttnUpBlock2D, or UpBlock2D without attention. */
export class UpBlock extends Module<BlockConfig> {
  resnets = this.config.resnets.map((config) => new ResnetBlock(config));
  attentions = this.config.attentions.map((config) => new Transformer(config));
  upsamplers = resamplers(this.config).map((channels) => new Upsample({ channels }));

  /** Takes one skip connection off the end of `skips` for each residual block. */
  forward(x: Tensor, skips: Tensor[], time: Tensor, text: Tensor): Tensor {
    for (const [i, resnet] of this.resnets.entries()) {
      x = resnet.forward(concat([x, skips.pop()!], 1), time);
      x = this.attentions[i]?.forward(x, text) ?? x;
    }
    // To the next skip's size, not to twice our own: they differ where the way down rounded an odd size up.
    for (const double of this.upsamplers) x = double.forward(x, skips.at(-1));
    return x;
  }
}

const resamplers = ({ resample }: BlockConfig): number[] => (resample === undefined ? [] : [resample]);
