import { attend, type Tensor } from "../graph/index.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

export interface AttentionConfig {
  /** Width of the tokens that look, and of the result. */
  readonly width: number;
  /** Width of the tokens that are looked at. */
  readonly context: number;
  readonly heads: number;
}

/** Multi-head attention of x (n l width) over a context (n m context), by default x itself: Vaswani et al. 2017. */
export class Attention extends Module<AttentionConfig> {
  toQ = new Linear({ in: this.config.width, out: this.config.width, bias: false });
  toK = new Linear({ in: this.config.context, out: this.config.width, bias: false });
  toV = new Linear({ in: this.config.context, out: this.config.width, bias: false });
  toOut = [new Linear({ in: this.config.width, out: this.config.width })]; // to_out.0; a dropout would be to_out.1

  forward(x: Tensor, context: Tensor = x): Tensor {
    const { heads } = this.config;
    return attend(this.toQ.forward(x), this.toK.forward(context), this.toV.forward(context), { heads }).pipe(
      ...this.toOut,
    );
  }
}
