import { conv2d, type Tensor } from "../graph/index.ts";
import { fanIn, type Init, Module, parameter, zeros } from "./module.ts";

export interface Conv2dConfig {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros on all sides, or top, left, bottom, right. Half the kernel by default: an odd one then keeps the size. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly bias?: boolean;
  /** Start of the weight; the bias then starts at zero. */
  readonly init?: Init;
}

const defaultInit = ({ in: channels, kernel }: Conv2dConfig): Init => fanIn(channels * kernel * kernel);

/** Convolution with a square kernel: (n in h w) → (n out h′ w′). */
export class Conv2d extends Module<Conv2dConfig> {
  weight = parameter(
    [this.config.out, this.config.in, this.config.kernel, this.config.kernel],
    this.config.init ?? defaultInit(this.config),
  );
  bias =
    this.config.bias === false
      ? undefined
      : parameter([this.config.out], this.config.init ? zeros : defaultInit(this.config));

  forward(x: Tensor): Tensor {
    const { kernel, stride = 1, padding = (kernel - 1) / 2 } = this.config;
    return conv2d(x, this.weight, this.bias, { stride, padding });
  }
}
