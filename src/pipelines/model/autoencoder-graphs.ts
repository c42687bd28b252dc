import type { Latents } from "../../diffusion/index.ts";
import { type GivenNorm, input, type Tensor, withGivenNorms } from "../../graph/index.ts";
import { Autoencoder, type AutoencoderConfig, type Posterior } from "../../models/vae/index.ts";
import type { Graph } from "./networks.ts";

/** Mean and standard deviation of the posterior of a picture's latents, (1 c h w) each. */
export interface Encoded {
  readonly mean: Latents;
  readonly deviation: Latents;
}

export type Half = "decoder" | "encoder";

/** `latents` (n c h w) in the denoiser's scale → `pictures` (n channels f·h f·w). */
export function decoder(config: AutoencoderConfig): Graph {
  const network = new Autoencoder(config);
  return { outputs: { pictures: network.decode(latentsOf(config, "n")) }, parameters: network.parameters };
}

/** `pictures` (n channels f·h f·w) → `mean` and `deviation` (n c h w), in the denoiser's scale. */
export function encoder(config: AutoencoderConfig): Graph {
  const network = new Autoencoder(config);
  const sides = [`${network.factor}*h`, `${network.factor}*w`] as const;
  const posterior = network.encode(input("pictures", "f32", ["n", config.channels, ...sides]));
  return { outputs: scaled(config, posterior), parameters: network.parameters };
}

/** All of the decoder below the pictures' size: `latents` → `x`. */
export function coarseDecoder(config: AutoencoderConfig): Graph {
  const network = new Autoencoder(config);
  return { outputs: { x: network.decodeCoarse(latentsOf(config, 1)) }, parameters: network.parameters };
}

/** All of the encoder below the pictures' size: `y` → `mean` and `deviation`. */
export function coarseEncoder(config: AutoencoderConfig): Graph {
  const network = new Autoencoder(config);
  const half = network.factor / 2;
  const y = input("y", "f32", [1, config.levels[0]!, `${half}*h`, `${half}*w`]);
  return { outputs: scaled(config, network.encodeCoarse(y)), parameters: network.parameters };
}

/** What happens at the pictures' size, for a part of a picture: `x` → `y`, and its group norms, which are told moments. */
export function tile(config: AutoencoderConfig, half: Half): Graph & { readonly norms: readonly GivenNorm[] } {
  const { y, parameters } = fine(config, half);
  const { outputs, norms } = withGivenNorms([y], input("counted", "f32", [1, 1, "2*h", "2*w"]));
  return { outputs: { y: outputs[0]! }, norms, parameters };
}

/** The `sums` of one of these norms, all before it told their moments. */
export function tileSums(config: AutoencoderConfig, half: Half, norm: number): Graph {
  const { norms, parameters } = tile(config, half);
  return { outputs: { sums: norms[norm]!.sums }, parameters };
}

function fine(config: AutoencoderConfig, half: Half): { y: Tensor; parameters: Graph["parameters"] } {
  const network = new Autoencoder(config);
  const { parameters } = network;
  return half === "decoder"
    ? { y: network.decoder.fine(input("x", "f32", [1, config.levels[1]!, "h", "w"])), parameters }
    : { y: network.encoder.fine(input("x", "f32", [1, config.channels, "2*h", "2*w"])), parameters };
}

const latentsOf = ({ latentChannels, scalingFactor }: AutoencoderConfig, n: number | string): Tensor =>
  input("latents", "f32", [n, latentChannels, "h", "w"]).mul(1 / scalingFactor);

const scaled = ({ scalingFactor }: AutoencoderConfig, { mean, logvar }: Posterior): Record<string, Tensor> => ({
  mean: mean.mul(scalingFactor),
  deviation: logvar.mul(0.5).exp().mul(scalingFactor),
});
