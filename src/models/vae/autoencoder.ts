import type { Tensor } from "../../graph/index.ts";
import { Conv2d, Module, parameters } from "../../nn/index.ts";
import type { AutoencoderConfig } from "./config.ts";
import { Decoder } from "./decoder.ts";
import { Encoder } from "./encoder.ts";

/** What a picture's latents are drawn from: a normal distribution for each, as mean and log σ². */
export interface Posterior {
  readonly mean: Tensor;
  readonly logvar: Tensor;
}

/**
 * The autoencoder between pictures and latents (diffusers: AutoencoderKL): Rombach et al. 2022, section 3.1.
 * Pictures are in [−1, 1]; no scaling factor is applied here.
 */
export class Autoencoder extends Module<AutoencoderConfig> {
  encoder = new Encoder(this.config);
  decoder = new Decoder(this.config);
  quantConv = new Conv2d({ in: 2 * this.config.latentChannels, out: 2 * this.config.latentChannels, kernel: 1 });
  postQuantConv = new Conv2d({ in: this.config.latentChannels, out: this.config.latentChannels, kernel: 1 });

  readonly parameters = parameters(this);
  /** Pixels to a latent, along each side. */
  readonly factor = 2 ** (this.config.levels.length - 1);

  /** Pictures (n channels h w) → the posterior of their latents (n latent h/factor w/factor). */
  encode(pictures: Tensor): Posterior {
    return this.encodeCoarse(this.encoder.fine(pictures));
  }

  /** The same of what the encoder's finest level makes of pictures. */
  encodeCoarse(features: Tensor): Posterior {
    const { latentChannels } = this.config;
    const moments = this.quantConv.forward(this.encoder.coarse(features));
    return {
      mean: moments.slice(1, 0, latentChannels),
      logvar: moments.slice(1, latentChannels, 2 * latentChannels).clip(-30, 20),
    };
  }

  /** Latents (n latent h w) → pictures (n channels factor·h factor·w). */
  decode(latents: Tensor): Tensor {
    return this.decoder.fine(this.decodeCoarse(latents));
  }

  /** What goes into the decoder's finest level. */
  decodeCoarse(latents: Tensor): Tensor {
    return this.decoder.coarse(this.postQuantConv.forward(latents));
  }
}
