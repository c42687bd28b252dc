import { groupNorm, layerNorm, type Tensor } from "../graph/index.ts";
import { Module, ones, parameter, zeros } from "./module.ts";

export interface GroupNormConfig {
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** Normalises (n c …) within groups of channels, then scales and shifts each channel: Wu and He 2018. */
export class GroupNorm extends Module<GroupNormConfig> {
  weight = parameter([this.config.channels], ones);
  bias = parameter([this.config.channels], zeros);

  forward(x: Tensor): Tensor {
    const { groups, epsilon } = this.config;
    return groupNorm(x, this.weight, this.bias, { groups, epsilon });
  }
}

export interface LayerNormConfig {
  readonly width: number;
}

/** Normalises over the last axis (… width), ε = 10⁻⁵, then scales and shifts: Ba et al. 2016. */
export class LayerNorm extends Module<LayerNormConfig> {
  weight = parameter([this.config.width], ones);
  bias = parameter([this.config.width], zeros);

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { epsilon: 1e-5 });
  }
}
