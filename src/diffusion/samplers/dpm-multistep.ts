import { combine, type Term } from "../latents.ts";
import { type Moment, needsSignal, type Sampler } from "../sampler.ts";
import { logSnr } from "../schedule.ts";
import { type Equation, integrand, integrator } from "./exponential.ts";
import { solverOrder, solverPlan } from "./solver-plan.ts";

export interface DpmMultistepOptions {
  readonly equation?: Equation;
  readonly order?: 1 | 2 | 3;
  /** How the first derivative is weighted: Lu et al. 2022b, appendix B. */
  readonly solver?: "midpoint" | "heun";
}

/**
 * DPM-Solver++ (multistep): Lu et al. 2022b, "DPM-Solver++", algorithm 2; with equation "noise" DPM-Solver (2022a), with
 * "sde" SDE-DPM-Solver++. Order 2 is known as DPM++ 2M and DPM++ 2M SDE.
 */
export function dpmMultistep(options: DpmMultistepOptions = {}): Sampler {
  const { equation = "data", order = 2, solver = "midpoint" } = options;
  return {
    name: equation === "sde" ? "dpmpp-2m-sde" : "dpmpp-2m",
    plan(schedule, planOptions) {
      const plan = solverPlan(schedule, planOptions);
      return equation === "noise" ? needsSignal(plan) : plan;
    },

    advance(path, draw) {
      const { stage, x } = path.at(-1)!;
      const { decay, gain, add, h } = integrator(equation, stage.from, stage.to);
      const [value, first, second] = gain;
      const terms: Term[] = [[decay, x]];
      const [m0, m1, m2] = path.slice(-3).reverse();
      switch (solverOrder(path, order)) {
        case 1:
          terms.push([value, integrand(equation, m0!)]);
          break;
        case 2: {
          const slope = (solver === "midpoint" ? value / 2 : first) / interval(m1!, m0!, h);
          terms.push([value + slope, integrand(equation, m0!)], [-slope, integrand(equation, m1!)]);
          break;
        }
        case 3: {
          // Divided differences of the integrand, over the last interval and over the one before.
          const [r0, r1] = [interval(m1!, m0!, h), interval(m2!, m1!, h)];
          const shared = (first * r0 + second) / (r0 + r1);
          const [d1, d2] = [(first + shared) / r0, shared / r1];
          terms.push([value + d1, integrand(equation, m0!)]);
          terms.push([-d1 - d2, integrand(equation, m1!)], [d2, integrand(equation, m2!)]);
          break;
        }
      }
      if (add > 0) terms.push([add, draw(stage.index)]);
      return combine(...terms);
    },
  };
}

/** Width in λ of the interval between two moments, in steps of h. */
export const interval = (earlier: Moment, later: Moment, h: number): number =>
  (logSnr(later.stage.at) - logSnr(earlier.stage.at)) / h;
