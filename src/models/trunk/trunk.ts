import { Fields, type Json } from "../../fields.ts";
import { silu, type Tensor } from "../../graph/index.ts";
import { Conv2d, GroupNorm, Linear, Module, parameters } from "../../nn/index.ts";

export interface TrunkConfig {
  /** Channels of each stage, every one half as high and wide as the one before. */
  readonly widths: readonly number[];
  /** Width of the space that it shares with texts. */
  readonly projection: number;
}

interface StageConfig {
  readonly in: number;
  readonly out: number;
}

class Stage extends Module<StageConfig> {
  conv = new Conv2d({ ...this.config, kernel: 4, stride: 2, padding: 1 });
  norm = new GroupNorm({ channels: this.config.out, groups: 8, epsilon: 1e-5 });

  forward(x: Tensor): Tensor {
    return x.pipe(this.conv, this.norm, silu);
  }
}

/**
 * A small convolutional eye that learned, beside a CLIP, to tell what pictures show. Its feature maps say how much two
 * pictures differ to it, at any size.
 */
export class Trunk extends Module<TrunkConfig> {
  stages = this.config.widths.map((out, i, widths) => new Stage({ in: widths[i - 1] ?? 3, out }));
  projection = new Linear({ in: this.config.widths.at(-1)!, out: this.config.projection, bias: false });

  readonly parameters = parameters(this);

  /** Pictures (n 3 h w) in [−1, 1] → the maps (n c h′ w′) after each stage. */
  features(pictures: Tensor): Tensor[] {
    const maps: Tensor[] = [];
    for (const stage of this.stages) maps.push(stage.forward(maps.at(-1) ?? pictures));
    return maps;
  }

  /** Pictures (n 3 h w) → what they show, (n projection). */
  forward(pictures: Tensor): Tensor {
    return this.features(pictures).at(-1)!.mean([2, 3]).pipe(this.projection);
  }
}

export function parseTrunkConfig(json: unknown, where = "trunk/config.json"): TrunkConfig {
  const fields = new Fields(json, where);
  fields.neutral({ _class_name: ["Trunk"] });
  const config = { widths: fields.counts("widths"), projection: fields.count("projection") };
  if (config.widths.some((width) => width % 8 !== 0)) fields.fail("widths", "must be multiples of 8");
  fields.end();
  return config;
}

export const trunkConfigToJson = (config: TrunkConfig): Json => ({ _class_name: "Trunk", ...config });
