import { concat, constant, rearrange, silu, type Tensor } from "../../graph/index.ts";
import { Linear, Module } from "../../nn/index.ts";

/** Vaswani et al. 2017, section 3.5, with all cosines before the sines: timesteps (n) → (n width). */
export function sinusoids(timestep: Tensor, width: number): Tensor {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
  const angles = rearrange(timestep.cast("f32"), "n -> n 1").mul(constant(frequencies, [1, half]));
  return concat([angles.cos(), angles.sin()], 1);
}

/** What every residual block is told about the time: (n in) → (n out). */
export class TimeEmbedding extends Module<{ readonly in: number; readonly out: number }> {
  static readonly keys = { linear1: "linear_1", linear2: "linear_2" };

  linear1 = new Linear({ in: this.config.in, out: this.config.out });
  linear2 = new Linear({ in: this.config.out, out: this.config.out });

  forward(x: Tensor): Tensor {
    return x.pipe(this.linear1, silu, this.linear2);
  }
}
