import type { Latents } from "../latents.ts";
import type { Prediction } from "../parameterization.ts";
import { type Level, logSnr } from "../schedule.ts";

/**
 * Which equation an exponential integrator solves. "data": the ODE in the denoised picture (DPM-Solver++), "noise": the
 * ODE in the noise (DPM-Solver, DEIS), "sde": the reverse SDE in the denoised picture (SDE-DPM-Solver++).
 */
export type Equation = "data" | "noise" | "sde";

/** The exact linear part of one step, and the weights of the integrand's value and derivatives. */
export interface Integrator {
  /** Length of the step in λ = ln(α/σ). */
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
  const part = equation === "noise" ? "sigma" : "alpha";
  // With this exponent and scale the three equations have the same weights.
  const exponent = equation === "noise" ? -h : stochastic ? 2 * h : h;
  const scale = to[part];
  const fallen = Math.expm1(-exponent);
  const decay =
    equation === "noise" ? to.alpha / from.alpha : (to.sigma / from.sigma) * (stochastic ? Math.exp(-h) : 1);
  return {
    h,
    decay,
    // An integrand that does not change is followed exactly: that fixes the value's weight, also where h has no end.
    gain: [
      scale - decay * from[part],
      scale * (fallen / exponent + 1),
      -scale * ((fallen + exponent) / exponent ** 2 - 0.5),
    ],
    add: stochastic ? to.sigma * Math.sqrt(-Math.expm1(-2 * h)) : 0,
  };
}

/** What an equation's integrand is in a network's answer. */
export const integrand = (equation: Equation, { denoised, noise }: Prediction): Latents =>
  equation === "noise" ? noise : denoised;
