import { combine, type Latents } from "../latents.ts";
import { solverLevels } from "../levels.ts";
import { consecutive, type Moment, number, type Sampler, type Stage } from "../sampler.ts";
import { logSnr } from "../schedule.ts";
import { type Equation, integrand, integrator } from "./exponential.ts";

export interface DpmMultistepOptions {
  readonly equation?: Equation;
  readonly order?: 1 | 2 | 3;
  /** How the first derivative is weighted at order 2: Lu et al. 2022b, appendix B.2 ("midpoint") and B.3 ("heun"). */
  readonly solver?: "midpoint" | "heun";
}

/**
 * DPM-Solver++ (multistep): Lu et al. 2022b, "DPM-Solver++", algorithm 2; with equation "noise" DPM-Solver (2022a), with
 * "sde" SDE-DPM-Solver++. Order 2 is known as DPM++ 2M and DPM++ 2M SDE.
 */
export function dpmMultistep(options: DpmMultistepOptions = {}): Sampler {
  const { equation = "data", order = 2, solver = "midpoint" } = options;
  return {
    name: `dpm${equation === "noise" ? "" : "pp"}-${order}m${equation === "sde" ? "-sde" : ""}`,

    plan(schedule, planOptions) {
      return {
        stages: number(consecutive(solverLevels(schedule, planOptions)), planOptions.start),
        noiseScale: 1,
      };
    },

    advance(path, stage, draw) {
      const { decay, gain, add, h } = integrator(equation, stage.from, stage.to);
      const [value, first, second] = gain;
      const terms: [number, Latents][] = [[decay, path.at(-1)!.x]];
      const [m0, m1, m2] = [-1, -2, -3].map((i) => path.at(i));
      switch (orderAt(stage, path, order)) {
        case 1:
          terms.push([value, integrand(equation, m0!)]);
          break;
        case 2: {
          const slope = (solver === "midpoint" ? value / 2 : first) / ratio(m1!, m0!, h);
          terms.push([value + slope, integrand(equation, m0!)], [-slope, integrand(equation, m1!)]);
          break;
        }
        case 3: {
          // Divided differences of the integrand: D₁ over the last interval, D₂ over the one before.
          const [r0, r1] = [ratio(m1!, m0!, h), ratio(m2!, m1!, h)];
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

/** Width of the interval between two moments in λ, in steps of h. */
const ratio = (earlier: Moment, later: Moment, h: number): number => (logSnr(later.level) - logSnr(earlier.level)) / h;

/** Few steps end with lower orders for stability, and so does the step to no noise, where λ has no end. */
export function orderAt(stage: Stage, path: readonly Moment[], order: number): number {
  if (stage.to.sigma === 0) return 1;
  const few = stage.index + stage.left + 1 < 15;
  return Math.min(order, path.length, few ? stage.left + 1 : order);
}
