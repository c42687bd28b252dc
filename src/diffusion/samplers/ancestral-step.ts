import { type Level, noiseRatio } from "../schedule.ts";

/**
 * Splits the noise at `to`: `keep` is how much of the predicted noise stays, `add` how much comes fresh, with
 * keep² + add² = to.sigma². With η 1 the fresh part is the posterior's, eq. 7 of Ho et al. 2020; k-diffusion calls the
 * two sigma_down and sigma_up.
 */
export function ancestralStep(from: Level, to: Level, eta: number): { readonly keep: number; readonly add: number } {
  const fall = noiseRatio(to) / noiseRatio(from);
  const add = eta * to.sigma * Math.sqrt(Math.max(1 - fall * fall, 0));
  return { keep: Math.sqrt(Math.max(to.sigma ** 2 - add * add, 0)), add };
}
