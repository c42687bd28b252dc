import type { Level } from "../diffusion/index.ts";
import { constant, matmulTransposed, oneHot } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { unit } from "../models/clip/index.ts";

export const mse = (x: Tensor, y: Tensor): Tensor => x.sub(y).square().mean();

export const l1 = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().mean();

/** Like squares of differences below c, like their sizes beyond; smooth everywhere. */
export const huber = (x: Tensor, y: Tensor, c: number): Tensor =>
  x
    .sub(y)
    .square()
    .add(c ** 2)
    .sqrt()
    .sub(c)
    .mean();

/** L1 between the horizontal and the vertical slopes of two pictures (n c h w): punishes blurred and doubled edges. */
export function gradientDifference(x: Tensor, y: Tensor): Tensor {
  const difference = x.sub(y);
  const slope = (axis: number): Tensor => {
    const end = difference.dim(axis);
    if (typeof end === "string") throw new Error("gradientDifference: needs pictures of a fixed size");
    return difference
      .slice(axis, 1, end)
      .sub(difference.slice(axis, 0, end - 1))
      .abs()
      .mean();
  };
  return slope(2).add(slope(3));
}

/**
 * Symmetric InfoNCE of n image and n text embeddings (n, d): row i belongs to row i.
 * `logitScale` is the logarithm of the inverse temperature. Radford et al. 2021, figure 3.
 */
export function contrastive(image: Tensor, text: Tensor, logitScale: Tensor): { loss: Tensor; accuracy: Tensor } {
  const n = image.dim(0) as number;
  const places = constant(
    Array.from({ length: n }, (_, i) => i),
    [n],
    "i64",
  );
  const diagonal = oneHot(places, n);
  const logits = matmulTransposed(unit(image), unit(text)).mul(logitScale.exp());
  const crossEntropy = (x: Tensor): Tensor => x.logSoftmax().mul(diagonal).sum().neg().div(n);
  const loss = crossEntropy(logits)
    .add(crossEntropy(logits.transpose([1, 0])))
    .div(2);
  const best = logits
    .mul(diagonal)
    .sum([1])
    .equal(logits.max([1]))
    .cast("f32");
  return { loss, accuracy: best.mean().detach() };
}

/**
 * A scalar whose gradient with respect to `x` is `gradient`: lets a backward pass that is needed more than once go on
 * from the middle.
 */
export const through = (x: Tensor, gradient: Tensor): Tensor => x.mul(gradient.detach()).sum();

/** KL divergence of the posterior N(mean, e^logVariance) from N(0, 1): summed over a sample, averaged over the batch. */
export const kl = (mean: Tensor, logVariance: Tensor): Tensor =>
  mean
    .square()
    .add(logVariance.exp())
    .sub(logVariance)
    .sub(1)
    .sum()
    .div(2 * (mean.dim(0) as number));

/** The discriminator's hinge loss on its logits for real and made pictures. */
export const hingeDiscriminator = (real: Tensor, made: Tensor): Tensor =>
  real.neg().add(1).maximum(0).mean().add(made.add(1).maximum(0).mean()).div(2);

export const hingeGenerator = (made: Tensor): Tensor => made.mean().neg();

/**
 * Weight that lets the adversarial loss pull on the decoder's last kernel as hard as the reconstruction does: ratio of
 * the norms of the two gradients. Esser et al. 2021, equation 7.
 */
export const adaptiveWeight = (reconstruction: Tensor, adversarial: Tensor): Tensor =>
  length(reconstruction).div(length(adversarial).add(1e-4)).clip(0, 1e4).detach();

const length = (x: Tensor): Tensor => x.square().sum().sqrt();

/**
 * Distance of two lists of feature maps (n c h w) of a frozen trunk: unit vectors at each place, squared difference,
 * mean over places, sum over maps. Zhang et al. 2018 without the learned heads.
 */
export function perceptual(x: readonly Tensor[], y: readonly Tensor[]): Tensor {
  const unitChannels = (f: Tensor): Tensor => f.div(f.square().sum([1], true).add(1e-10).sqrt());
  return x
    .map((f, i) => unitChannels(f).sub(unitChannels(y[i]!)).square().sum([1]).mean())
    .reduce((sum, distance) => sum.add(distance));
}

/**
 * Weight of a noise level in the loss: min-SNR-γ of Hang et al. 2023, so that nearly clean pictures do not outweigh the
 * others. The velocity's mean squared error already has the weight SNR + 1.
 */
export function minSnrWeight({ alpha, sigma }: Level, prediction: "epsilon" | "v_prediction", gamma: number): number {
  const snr = (alpha / sigma) ** 2;
  return Math.min(snr, gamma) / (prediction === "epsilon" ? snr : snr + 1);
}
