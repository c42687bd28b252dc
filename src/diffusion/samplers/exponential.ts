import type { Latents } from "../latents.ts";
import { type Level, logSnr } from "../schedule.ts";

/**
 * Which equation the exponential integrators solve. "data": the ODE in the denoised picture (DPM-Solver++), "noise":
 * the ODE in the noise (DPM-Solver), "sde": the reverse SDE in the denoised picture (SDE-DPM-Solver++).
 */
export type Equation = "data" | "noise" | "sde";

/** The exact linear part of one step, and the weights of the integrand's value and derivatives. */
export interface Integrator {
  /** Step in λ = ln(α/σ). */
  readonly h: number;
  /** Coefficient of x. */
  readonly decay: number;
  /** Integral weights of the value, of the first and of half the second derivative: Lu et al. 2022b, eq. 3.5–3.7. */
  readonly gain: readonly [value: number, first: number, second: number];
  /** Standard deviation of fresh noise. */
  readonly add: number;
}

export function integrator(equation: Equation, from: Level, to: Level): Integrator {
  const h = logSnr(to) - logSnr(from);
  const stochastic = equation === "sde";
  // With this scale and exponent the three equations have the same weights.
  const scale = equation === "noise" ? to.sigma : to.alpha;
  const exponent = equation === "noise" ? -h : stochastic ? 2 * h : h;
  const fallen = Math.expm1(-exponent);
  return {
    h,
    decay: equation === "noise" ? to.alpha / from.alpha : (to.sigma / from.sigma) * (stochastic ? Math.exp(-h) : 1),
    gain: [-scale * fallen, scale * (fallen / exponent + 1), -scale * ((fallen + exponent) / exponent ** 2 - 0.5)],
    add: stochastic ? to.sigma * Math.sqrt(-Math.expm1(-2 * h)) : 0,
  };
}

/** The integrand that an equation is about. */
export const integrand = (
  equation: Equation,
  moment: { readonly denoised: Latents; readonly noise: Latents },
): Latents => (equation === "noise" ? moment.noise : moment.denoised);
