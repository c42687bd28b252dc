import { matmulTransposed, type Tensor } from "../../graph/index.ts";
import { Linear, Module, normal, parameter, parameters } from "../../nn/index.ts";
import type { ClipConfig } from "./config.ts";
import { TextTower } from "./text.ts";
import { VisionTower } from "./vision.ts";

/** Scales vectors to length 1 along the last axis. */
export const unit = (x: Tensor): Tensor => x.div(x.square().sum([-1], true).sqrt());

/** Texts and pictures in one space (transformers: CLIPModel): Radford et al. 2021. */
export class Clip extends Module<ClipConfig> {
  textModel = new TextTower(this.config.text);
  visionModel = new VisionTower(this.config.vision);
  visualProjection = projection(this.config.vision.width, this.config.projection);
  textProjection = projection(this.config.text.width, this.config.projection);
  /** Logarithm of the inverse temperature. */
  logitScale = parameter([], { kind: "constant", value: Math.log(1 / 0.07) });

  readonly parameters = parameters(this);

  /** Ids (n l) → features (n projection), not of length 1. */
  encodeText(ids: Tensor): Tensor {
    return this.textModel.forward(ids).pooled.pipe(this.textProjection);
  }

  /** Pictures (m 3 h w) → features (m projection), not of length 1; `left` as `VisionTower.forward` has it. */
  encodeImage(pictures: Tensor, left?: Tensor): Tensor {
    return this.visionModel.forward(pictures, left).pooled.pipe(this.visualProjection);
  }

  /** Cosines of each picture with each text over the temperature: (m n). */
  forward(pictures: Tensor, ids: Tensor): Tensor {
    const cosines = matmulTransposed(unit(this.encodeImage(pictures)), unit(this.encodeText(ids)));
    return cosines.mul(this.logitScale.exp());
  }
}

const projection = (width: number, out: number): Linear =>
  new Linear({ in: width, out, bias: false, init: normal(width ** -0.5) });
