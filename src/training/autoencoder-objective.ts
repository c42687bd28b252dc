import { grad, type Tensor } from "../graph/index.ts";
import type { PatchDiscriminator } from "../models/discriminator/index.ts";
import type { Autoencoder } from "../models/vae/index.ts";
import type { AutoencoderConfig } from "./config.ts";
import {
  adaptiveWeight,
  gradientDifference,
  hingeDiscriminator,
  hingeGenerator,
  kl,
  l1,
  mse,
  perceptual,
  through,
} from "./losses.ts";

export interface AutoencoderObjective {
  /** What encoder and decoder go down; only its gradient means anything while the discriminator takes part. */
  readonly generator: Tensor;
  readonly discriminator?: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

export interface Judges {
  readonly discriminator?: PatchDiscriminator | undefined;
  /** Feature maps of a frozen network, for the perceptual distance. */
  readonly features?: ((pictures: Tensor) => Tensor[]) | undefined;
}

/** Pictures (n c h w) through the posterior, sampled with `noise`, and back, with everything that is said about it. */
export function autoencoderObjective(
  model: Autoencoder,
  pictures: Tensor,
  noise: Tensor,
  config: AutoencoderConfig,
  { discriminator, features }: Judges,
): AutoencoderObjective {
  const { mean, logvar } = model.encode(pictures);
  const made = model.decode(mean.add(logvar.mul(0.5).exp().mul(noise)));

  const distance = features ? perceptual(features(made), features(pictures)) : undefined;
  const parts: readonly (readonly [number, Tensor | undefined])[] = [
    [config.l1, l1(made, pictures)],
    [config.mse, mse(made, pictures)],
    [config.gradient, gradientDifference(made, pictures)],
    [config.perceptual?.weight ?? 0, distance],
  ];
  const reconstruction = parts
    .flatMap(([weight, part]) => (weight > 0 && part ? [part.mul(weight)] : []))
    .reduce((sum, part) => sum.add(part));
  const divergence = kl(mean, logvar);
  // Stable Diffusion sums both over a picture; here the reconstruction is a mean over its numbers.
  const pull = config.freezeEncoder ? undefined : divergence.mul(config.kl / numbersOf(pictures));
  const total = pull ? reconstruction.add(pull) : reconstruction;
  const metrics = {
    loss: total,
    kl: divergence,
    mse: mse(made, pictures),
    ...(distance && { perceptual: distance }),
  };
  if (!discriminator || !config.discriminator) return { generator: total, metrics };

  const madeLogits = discriminator.forward(made);
  const realLogits = discriminator.forward(pictures);
  const [towardsReal] = grad(reconstruction, [made]);
  const [towardsConvincing] = grad(hingeGenerator(madeLogits), [made]);
  const last = model.decoder.convOut.weight;
  const atLast = (gradient: Tensor): Tensor => grad(through(made, gradient), [last])[0]!;
  const weight = adaptiveWeight(atLast(towardsReal!), atLast(towardsConvincing!)).mul(config.discriminator.weight);
  const both = through(made, towardsReal!.add(towardsConvincing!.mul(weight)));
  return {
    generator: pull ? both.add(pull) : both,
    discriminator: hingeDiscriminator(realLogits, madeLogits),
    metrics: {
      ...metrics,
      weight,
      real: realLogits.mean(),
      made: madeLogits.mean(),
    },
  };
}

const numbersOf = (pictures: Tensor): number =>
  pictures.shape.slice(1).reduce<number>((product, length) => product * Number(length), 1);
