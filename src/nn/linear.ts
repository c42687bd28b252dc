import { linear, type Tensor } from "../graph/index.ts";
import { fanIn, type Init, Module, parameter, zeros } from "./module.ts";

export interface LinearConfig {
  readonly in: number;
  readonly out: number;
  readonly bias?: boolean;
  /** Start of the weight; the bias then starts at zero. */
  readonly init?: Init;
}

/** x · Wᵀ + b over the last axis: (… in) → (… out). */
export class Linear extends Module<LinearConfig> {
  weight = parameter([this.config.out, this.config.in], this.config.init ?? fanIn(this.config.in));
  bias =
    this.config.bias === false
      ? undefined
      : parameter([this.config.out], this.config.init ? zeros : fanIn(this.config.in));

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
