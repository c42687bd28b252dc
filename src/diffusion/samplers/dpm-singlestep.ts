import { combine, type Term } from "../latents.ts";
import { solverLevels } from "../levels.ts";
import { needsSignal, numberStages, type Sampler, type StageDraft } from "../sampler.ts";
import { interval } from "./dpm-multistep.ts";
import { integrand, integrator } from "./exponential.ts";

export interface DpmSinglestepOptions {
  readonly equation?: "data" | "noise";
  readonly order?: 1 | 2 | 3;
  /** How the derivatives are weighted: Lu et al. 2022b, appendix B. */
  readonly solver?: "midpoint" | "heun";
}

/**
 * DPM-Solver++ (singlestep): Lu et al. 2022b, algorithm 1. A step of order k spends k evaluations, each of which also
 * gives the lower order's result at its level; the levels are those of the plan, not fractions of the step.
 */
export function dpmSinglestep(options: DpmSinglestepOptions = {}): Sampler {
  const { equation = "data", order = 2, solver = "midpoint" } = options;
  return {
    name: "dpmpp-2s",

    plan(schedule, planOptions) {
      const levels = solverLevels(schedule, planOptions);
      const drafts: StageDraft[] = [];
      for (const stageOrder of orders(planOptions.steps, order)) {
        const to = levels[drafts.length + 1]!;
        const back = to.sigma === 0 ? 0 : stageOrder - 1;
        drafts.push({ at: levels[drafts.length]!, from: levels[drafts.length - back]!, to, back });
      }
      return needsSignal({ stages: numberStages(drafts, planOptions.start), noiseScale: 1 });
    },

    advance(path) {
      const { stage } = path.at(-1)!;
      const { decay, gain, h } = integrator(equation, stage.from, stage.to);
      const [value, first, second] = gain;
      const [m0, m1, m2] = path.slice(-1 - stage.back);
      const terms: Term[] = [
        [decay, m0!.x],
        [value, integrand(equation, m0!)],
      ];
      /** Adds weight · (change of the integrand since the step began) / (part of the step). */
      const slope = (weight: number, moment: typeof m0): void => {
        const share = weight / interval(m0!, moment!, h);
        terms.push([share, integrand(equation, moment!)], [-share, integrand(equation, m0!)]);
      };
      if (stage.back === 1) slope(solver === "midpoint" ? value / 2 : first, m1);
      if (stage.back === 2 && solver === "midpoint") slope(first, m2);
      if (stage.back === 2 && solver === "heun") {
        const [r1, r2] = [interval(m0!, m1!, h), interval(m0!, m2!, h)];
        slope((first * r2 - 2 * second) / (r2 - r1), m1);
        slope((-first * r1 + 2 * second) / (r2 - r1), m2);
      }
      return combine(...terms);
    },
  };
}

/** Orders of the evaluations: steps as long as possible, the last ones shorter. */
function orders(count: number, order: number): number[] {
  const cycle = Array.from({ length: count }, (_, i) => (i % order) + 1);
  // As in the authors' code, a whole number of third-order steps ends with orders 3, 2, 1.
  if (order === 3 && count % 3 === 0) cycle[count - 1] = 1;
  return cycle;
}
