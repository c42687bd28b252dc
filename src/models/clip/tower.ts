import { attend, gelu, quickGelu, type Tensor } from "../../graph/index.ts";
import { LayerNorm, Linear, Module, normal } from "../../nn/index.ts";
import type { TowerConfig } from "./config.ts";

interface LayerConfig extends TowerConfig {
  /** Whether a token may look only at those before it. */
  readonly causal: boolean;
}

// Radford et al.'s starting values: what a layer adds to the residual stream shrinks with the number of layers.
const intoHeads = ({ width }: TowerConfig) => normal(width ** -0.5);
const intoMlp = ({ width }: TowerConfig) => normal((2 * width) ** -0.5);
const intoStream = ({ width, layers }: TowerConfig) => normal((width * 2 * layers) ** -0.5);

class SelfAttention extends Module<LayerConfig> {
  kProj = new Linear({ in: this.config.width, out: this.config.width, init: intoHeads(this.config) });
  vProj = new Linear({ in: this.config.width, out: this.config.width, init: intoHeads(this.config) });
  qProj = new Linear({ in: this.config.width, out: this.config.width, init: intoHeads(this.config) });
  outProj = new Linear({ in: this.config.width, out: this.config.width, init: intoStream(this.config) });

  forward(x: Tensor, all: Tensor, mask?: Tensor): Tensor {
    const heads = { ...this.config, causal: this.config.causal && mask === undefined };
    return attend(this.qProj.forward(x), this.kProj.forward(all), this.vProj.forward(all), heads, mask).pipe(
      this.outProj,
    );
  }
}

class Mlp extends Module<LayerConfig> {
  fc1 = new Linear({ in: this.config.width, out: this.config.mlp, init: intoMlp(this.config) });
  fc2 = new Linear({ in: this.config.mlp, out: this.config.width, init: intoStream(this.config) });

  forward(x: Tensor): Tensor {
    return x.pipe(this.fc1, this.config.activation === "gelu" ? gelu : quickGelu, this.fc2);
  }
}

class Layer extends Module<LayerConfig> {
  selfAttn = new SelfAttention(this.config);
  layerNorm1 = new LayerNorm({ width: this.config.width });
  mlp = new Mlp(this.config);
  layerNorm2 = new LayerNorm({ width: this.config.width });

  /** What becomes of all tokens, or of some of them (n l width): `mask` (n 1 l m) is added to their scores. */
  forward(all: Tensor, x = all, mask?: Tensor): Tensor {
    x = x.add(this.selfAttn.forward(x.pipe(this.layerNorm1), all.pipe(this.layerNorm1), mask));
    return x.add(x.pipe(this.layerNorm2, this.mlp));
  }
}

/** The layers that texts and pictures go through: (n l width) → (n l width). */
export class Encoder extends Module<LayerConfig> {
  layers = Array.from({ length: this.config.layers }, () => new Layer(this.config));

  /** What goes in, then what comes out of each layer. */
  forward(x: Tensor): Tensor[] {
    const states = [x];
    for (const layer of this.layers) states.push(layer.forward(states.at(-1)!));
    return states;
  }
}
